/** What a pack's licence allows, as far as its name tells. */
import { z } from 'zod';

/**
 * permissive: use as you like, name the authors. share-alike: what builds on it keeps its licence. use-restricted: some uses are
 * forbidden (the RAIL family, community licences). non-commercial: not for money. unknown: nobody said, or Kiln does not know it.
 */
export const licenceKindSchema = z.enum(['permissive', 'share-alike', 'use-restricted', 'non-commercial', 'unknown']);
export type LicenceKind = z.infer<typeof licenceKindSchema>;

const permissive =
  /^(mit(-0)?|apache-?2(\.0)?|apache license,? (version )?2\.0|bsd(-[234]-clause(-clear)?)?|0bsd|isc|zlib|unlicense|wtfpl|cc0(-1\.0)?|cc-by-[1-4]\.\d|postgresql|ncsa|artistic-2\.0|ecl-2\.0|ms-pl|bsl-1\.0|cdla-permissive-[12]\.0|pddl|afl-3\.0|public domain)$/;
const nonCommercial = /(^|[^a-z])nc([^a-z]|$)|non-?commercial|research[- ]only|research-licen[cs]e|academic/;
const useRestricted =
  /rail|creativeml|llama\d*(\.\d)?$|llama-?\d|gemma|community|stability|stabilityai|tencent|deepfloyd|bria|falcon|acceptable use/;
const shareAlike = /(^|[^a-z])(a?gpl|lgpl|mpl|epl|eupl|osl|cc-by-sa|odbl|cddl|cecill|sa)([^a-z]|$)|share-?alike/;

/** @param licence SPDX identifier, the hub's own identifier, or free text; null: nobody said */
export function licenceKindOf(licence: string | null): LicenceKind {
  const name = (licence ?? '').trim().toLowerCase();
  if (name === '' || name === 'unknown' || name === 'other') return 'unknown';
  // "MIT AND CC-BY-NC-4.0" is as strict as its strictest part; of "MIT OR GPL-3.0" the user may take the freest.
  const choices = name.split(/\s+or\s+/);
  if (choices.length > 1) return freest(choices.map(kindOfOne));
  return strictest(name.split(/\s+and\s+|\s*[,;]\s*(?!version)/).map(kindOfOne));
}

/** Ordered from the freest to the strictest. */
const order: readonly LicenceKind[] = ['permissive', 'share-alike', 'use-restricted', 'non-commercial', 'unknown'];
const strictest = (kinds: readonly LicenceKind[]): LicenceKind => order[Math.max(...kinds.map((kind) => order.indexOf(kind)))] ?? 'unknown';
const freest = (kinds: readonly LicenceKind[]): LicenceKind => order[Math.min(...kinds.map((kind) => order.indexOf(kind)))] ?? 'unknown';

function kindOfOne(part: string): LicenceKind {
  const name = part.replace(/[()]/g, '').trim();
  if (permissive.test(name)) return 'permissive';
  if (nonCommercial.test(name)) return 'non-commercial';
  if (useRestricted.test(name)) return 'use-restricted';
  if (shareAlike.test(name)) return 'share-alike';
  return 'unknown';
}

/** Whether the user is asked before the first use. */
export const needsAcceptance = (kind: LicenceKind): boolean => kind !== 'permissive';

export const licenceWords: Record<LicenceKind, { label: string; meaning: string }> = {
  permissive: {
    label: 'Free to use',
    meaning: 'You may use what it makes as you like, also for money. Keep the authors’ names with the model.',
  },
  'share-alike': {
    label: 'Share alike',
    meaning: 'Changed or passed-on copies of the model must keep this licence. Read it before you build it into something.',
  },
  'use-restricted': {
    label: 'Restricted uses',
    meaning:
      'The licence forbids certain uses, and the conditions hold for what you make with it, too. Read it before you publish results.',
  },
  'non-commercial': {
    label: 'Not for commercial use',
    meaning: 'Neither the model nor what you make with it may earn money.',
  },
  unknown: {
    label: 'Licence unknown',
    meaning: 'Nothing says what you may do with it. Ask whoever made it before you publish results.',
  },
};
