/**
 * A picture that Kiln exported carries the parameters it was made with, and so do those of other programs. When one is opened,
 * they are offered: taken up, the tool of that kind opens with all of them, seed and model included.
 */
import type { Transport } from '../../shared/contract/transport.ts';
import type { EmbeddedMetadata } from '../../shared/domain/embedded-metadata.ts';
import { inputsOfRequest, type Generation } from '../../shared/domain/generation.ts';
import { assetPath } from '../../shared/domain/asset.ts';
import { generationIdSchema, packIdSchema, ulidFrom } from '../../shared/domain/ids.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import type { ForeignMetadata } from '../../shared/metadata/foreign.ts';
import { kindLabel, roomOfKind } from './generation-words.ts';
import type { HandOver, Room } from './navigation.svelte.ts';
import { matchForeign } from './restore-foreign.ts';

type Embedded = EmbeddedMetadata['generations'][number];

export interface RestoreDependencies {
  studio: Pick<Transport, 'call'>;
  packs: () => readonly Pack[];
  navigate: (room: Room, what: HandOver) => void;
  notify: (notice: { level: 'info' | 'warning'; title: string; text?: string; action?: { label: string; run: () => void } }) => void;
  onError: (error: unknown) => void;
  /** Whether the library holds an asset. */
  holds?: (hash: string) => Promise<boolean>;
}

async function libraryHolds(hash: string): Promise<boolean> {
  const answer = await fetch(assetPath(hash), { method: 'HEAD' }).catch(() => null);
  return answer?.ok === true;
}

/** The same generation in this library, when it was made here and is still kept. */
async function findOwn({ request, pack, createdAtMs }: Embedded, { studio }: RestoreDependencies): Promise<Generation | null> {
  const filter = { kinds: [request.kind], packIds: [packIdSchema.parse(pack.id)], createdFromMs: createdAtMs, createdToMs: createdAtMs };
  for (const trashed of [false, true]) {
    const { items } = await studio.call('history.list', { filter: { ...filter, trashed }, limit: 20 });
    for (const { id } of items) {
      const { generation } = await studio.call('history.get', { id });
      if (generation.request.seed === request.seed) return generation;
    }
  }
  return null;
}

/** A generation for the rooms to read parameters from; its id names no row. */
function asGeneration({ request, pack, createdAtMs }: Embedded): Generation {
  return {
    id: generationIdSchema.parse(ulidFrom(createdAtMs, crypto.getRandomValues(new Uint8Array(16)))),
    jobId: null,
    batchId: null,
    // It continues nothing that this library knows.
    request: { ...request, parentId: null },
    pack: { ...pack, id: packIdSchema.parse(pack.id) },
    backend: null,
    status: 'succeeded',
    error: null,
    outputs: [],
    size: null,
    timings: null,
    notes: [],
    details: {},
    favourite: false,
    rating: 0,
    tags: [],
    createdAtMs,
    finishedAtMs: null,
    trashedAtMs: null,
  };
}

/** What cannot be had here, in words; empty when everything can. */
async function missing(made: Embedded, { packs, holds = libraryHolds }: RestoreDependencies): Promise<string> {
  const installed = packs().find((pack) => pack.manifest.id === made.pack.id);
  const said: string[] = [];
  if (installed === undefined) said.push(`The model "${made.pack.name}" is not installed.`);
  else if (installed.packHash !== made.pack.packHash) {
    said.push(`It was made with version ${made.pack.version} of "${made.pack.name}"; ${installed.manifest.version} is installed.`);
  }
  const here = await Promise.all(Object.values(inputsOfRequest(made.request)).map(holds));
  if (here.includes(false)) said.push('The pictures it was made from are not in this library.');
  return said.join(' ');
}

/**
 * Offers the settings of the latest generation in a picture's metadata, as a notice with a button. Does nothing for
 * pictures without any. Problems with the look-up are reported and never thrown: the picture is open all the same.
 */
export async function offerSettings(embedded: EmbeddedMetadata | null, name: string, dependencies: RestoreDependencies): Promise<void> {
  const made = embedded?.generations.at(-1);
  if (made === undefined) return;
  try {
    const lacking = await missing(made, dependencies);
    const room = roomOfKind[made.request.kind];
    const restore = async (): Promise<void> => {
      const generation = (await findOwn(made, dependencies)) ?? asGeneration(made);
      dependencies.navigate(room, { generation });
    };
    dependencies.notify({
      level: lacking === '' ? 'info' : 'warning',
      title: `"${name}" was made with Kiln (${kindLabel(made.request.kind)}, ${made.pack.name}, seed ${String(made.request.seed)}).`,
      text: lacking,
      action: { label: 'Restore settings', run: () => void restore().catch(dependencies.onError) },
    });
  } catch (error) {
    dependencies.onError(error);
  }
}

/** Offers another program's settings, for the Generate room. @param fallback the pack that stands in for a model that is not here */
export function offerForeignSettings(
  foreign: ForeignMetadata | null,
  name: string,
  fallback: Pack | null,
  { packs, notify, navigate }: Pick<RestoreDependencies, 'packs' | 'notify' | 'navigate'>,
): void {
  if (foreign === null) return;
  const { generation, lacking } = matchForeign(foreign, packs(), fallback, Date.now());
  const model = foreign.model === null ? '' : `${foreign.model}, `;
  notify({
    level: lacking === '' ? 'info' : 'warning',
    title: `"${name}" was made with ${foreign.program} (${model}seed ${String(foreign.seed)}).`,
    text: lacking,
    action: { label: 'Restore settings', run: () => navigate('generate', { generation }) },
  });
}
