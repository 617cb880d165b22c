import { licenceWords } from '../../../shared/domain/licence.ts';
import type { Pack } from '../../../shared/domain/pack.ts';

/** The licence in a few words: its name, and what is special about it. */
export function licenceLabel({ manifest, licence }: Pack): string {
  if (manifest.licence === null) return 'licence unknown';
  return licence.kind === 'non-commercial' ? `${manifest.licence}, ${licenceWords[licence.kind].label.toLowerCase()}` : manifest.licence;
}
