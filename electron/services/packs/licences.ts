/** Which licences the user has accepted, by the weights they are about. */
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { licenceKindOf, needsAcceptance, type LicenceKind } from '../../../shared/domain/licence.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import type { KeyValues } from '../database/key-values.ts';

const acceptanceSchema = z.object({
  licence: z.string().nullable(),
  acceptedAtMs: z.int(),
  /** Installed before Kiln asked. */
  before: z.boolean(),
});
const startedKey = 'packs.licences.asked-since';
const largestTextBytes = 512 * 1024;

interface Licensed {
  builtIn: boolean;
  manifest: Pick<PackManifest, 'licence'>;
  packHash: string;
}

export interface Licences {
  /** Call once, with what is installed: packs from before Kiln asked need no answer. */
  begin(packs: Iterable<Licensed>): void;
  stateOf(pack: Licensed): { kind: LicenceKind; accepted: boolean };
  accept(pack: Licensed): void;
}

export function createLicences(memory: KeyValues): Licences {
  const keyOf = ({ packHash }: Licensed): string => `packs.licence.${packHash}`;

  function write(pack: Licensed, before: boolean): void {
    memory.set(keyOf(pack), { licence: pack.manifest.licence, acceptedAtMs: Date.now(), before });
  }

  return {
    begin(packs) {
      if (memory.get(startedKey, z.int()) !== null) return;
      for (const pack of packs) if (!pack.builtIn) write(pack, true);
      memory.set(startedKey, Date.now());
    },
    stateOf(pack) {
      const kind = licenceKindOf(pack.manifest.licence);
      if (pack.builtIn || !needsAcceptance(kind)) return { kind, accepted: true };
      const answer = memory.get(keyOf(pack), acceptanceSchema);
      // Another licence for the same weights is another question.
      return { kind, accepted: answer !== null && (answer.before || answer.licence === pack.manifest.licence) };
    },
    accept(pack) {
      write(pack, false);
    },
  };
}

/** The pack's own licence file; null when it has none that is text. */
export async function licenceTextOf(folder: string, manifest: PackManifest): Promise<{ path: string; text: string } | null> {
  const file = manifest.files.find(
    ({ path }) => /^(licen[cs]e|copying|use_policy)([._-][^/]*)?$/i.test(path) && !/\.(pdf|html)$/i.test(path),
  );
  if (file === undefined) return null;
  const found = await stat(join(folder, file.path)).catch(() => null);
  if (found === null || !found.isFile() || found.size > largestTextBytes) return null;
  const handle = await open(join(folder, file.path), 'r');
  try {
    const text = await handle.readFile('utf8');
    return text.includes('\0') ? null : { path: file.path, text };
  } finally {
    await handle.close();
  }
}
