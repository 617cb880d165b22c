/** Settings of another program as one of Kiln's own generations: its model and LoRAs are matched with what is installed. */
import type { Generation } from '../../shared/domain/generation.ts';
import { generationIdSchema, packIdSchema, ulidFrom, type PackId } from '../../shared/domain/ids.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import type { ForeignMetadata } from '../../shared/metadata/foreign.ts';

export interface Matched {
  generation: Generation;
  /** What cannot be had here, in words; empty when everything can. */
  lacking: string;
}

const plainName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '');
const shortestPart = 5;

/** The pack of that name; else one whose name holds the other's, as "v1-5-pruned-emaonly" and "SD v1-5 pruned" may. */
export function packNamed(name: string, packs: readonly Pack[]): Pack | null {
  const wanted = plainName(name);
  if (wanted === '') return null;
  const namesOf = ({ manifest }: Pack): string[] => [plainName(manifest.id), plainName(manifest.name)];
  const exact = packs.find((pack) => namesOf(pack).includes(wanted));
  if (exact !== undefined) return exact;
  const holds = (one: string, other: string): boolean => other.length >= shortestPart && one.includes(other);
  return packs.find((pack) => namesOf(pack).some((own) => holds(own, wanted) || holds(wanted, own))) ?? null;
}

/** @param fallback the pack that is chosen when the model is not here; null when none is installed at all */
export function matchForeign(foreign: ForeignMetadata, packs: readonly Pack[], fallback: Pack | null, nowMs: number): Matched {
  const { model, seed, params, notes } = foreign;
  const said: string[] = [];
  const models = packs.filter(({ manifest }) => manifest.task === 'diffusion');
  const found = model === null ? null : packNamed(model, models);
  const pack = found ?? fallback;
  if (model !== null && found === null) {
    const instead = fallback === null ? 'no other is installed either' : `"${fallback.manifest.name}" is chosen instead`;
    said.push(`The model "${model}" is not installed: ${instead}.`);
  }
  const adapters = packs.filter(({ manifest }) => manifest.task === 'lora');
  const loras: { packId: PackId; weight: number }[] = [];
  const absent: string[] = [];
  for (const { name, weight } of foreign.loras) {
    const adapter = packNamed(name, adapters);
    if (adapter === null) absent.push(name);
    else if (loras.length < 8) loras.push({ packId: adapter.manifest.id, weight });
  }
  if (absent.length > 0) said.push(`Not installed: ${absent.map((name) => `LoRA "${name}"`).join(', ')}.`);
  const packId = pack?.manifest.id ?? packIdSchema.parse('missing');
  return {
    lacking: [...said, ...notes].join(' '),
    generation: {
      id: generationIdSchema.parse(ulidFrom(nowMs, crypto.getRandomValues(new Uint8Array(16)))),
      jobId: null,
      batchId: null,
      request: {
        kind: 'diffusion',
        projectId: null,
        packId,
        seed,
        backend: 'auto',
        placement: null,
        parentId: null,
        title: '',
        inputs: {},
        params: { ...params, loras },
      },
      pack: {
        id: packId,
        name: pack?.manifest.name ?? model ?? foreign.program,
        version: pack?.manifest.version ?? '0.0.0',
        packHash: pack?.packHash ?? '',
      },
      backend: null,
      status: 'succeeded',
      error: null,
      outputs: [],
      size: params.width > 0 && params.height > 0 ? { width: params.width, height: params.height } : null,
      timings: null,
      notes: [],
      details: {},
      favourite: false,
      rating: 0,
      tags: [],
      createdAtMs: nowMs,
      finishedAtMs: null,
      trashedAtMs: null,
    },
  };
}
