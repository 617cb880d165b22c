/** From what a pipeline asks for to a graph file: the pack's own, or a copy with the add-ons merged in. */
import { join } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import type { PackOnDisk } from '../../../shared/contract/inference.ts';
import type { PackId } from '../../../shared/domain/ids.ts';
import type { LoraTarget } from '../../../shared/weights/lora-modules.ts';
import type { GraphChanges } from '../../../models/pipeline.ts';
import type { OnnxRuntime } from '../runtimes/runtime.ts';
import { writeChangedGraph, type ChangeSources } from './changed-graph.ts';
import type { GraphCache, CachedGraph } from './graph-cache.ts';
import { graphKey } from './graph-cache.ts';
import { withProduct } from './runtime-product.ts';
import { openWeights } from './weights-file.ts';

/** Raised when merging changes, so that older copies are not found. */
const mergeVersion = 1;

export interface ChangeRequest {
  pack: PackOnDisk;
  /** The graph's path in the pack, and on disk. */
  name: string;
  file: string;
  changes: GraphChanges;
  addOn: (packId: PackId) => PackOnDisk;
  /** Merges on the CPU, whatever the run itself uses. */
  cpu: () => Promise<OnnxRuntime>;
}

const isIdle = ({ loras, freeU, embeddings }: GraphChanges): boolean =>
  loras.every(({ weight }) => weight === 0) && freeU === null && (embeddings ?? []).length === 0;

/** @throws model-mismatch when an add-on does not fit */
export async function changedGraphFile(request: ChangeRequest, cache: GraphCache): Promise<CachedGraph> {
  const { pack, name, file, changes, addOn } = request;
  if (isIdle(changes)) return { file: null, notes: [] };
  const loras = changes.loras.filter(({ weight }) => weight !== 0).map(({ packId, weight }) => ({ weight, pack: addOn(packId) }));
  const embeddings = (changes.embeddings ?? []).map(({ packId, ...place }) => ({ ...place, pack: addOn(packId) }));
  const key = graphKey({
    mergeVersion,
    pack: pack.packHash,
    name,
    loras: loras.map(({ weight, pack: { packHash } }) => [packHash, weight]),
    embeddings: embeddings.map(({ encoder, firstId, pack: { packHash } }) => [packHash, encoder, firstId]),
    freeU: changes.freeU,
  });
  return cache.get(key, async (target) => {
    const sources: ChangeSources = {
      target: targetOf(pack, name),
      loras: await Promise.all(
        loras.map(async (lora) => ({ ...sourceName(lora.pack), weight: lora.weight, file: await weightsOf(lora.pack, 'lora') })),
      ),
      embeddings: await Promise.all(
        embeddings.map(async ({ pack: own, encoder, firstId }) => ({
          ...sourceName(own),
          encoder,
          firstId,
          file: await weightsOf(own, 'embedding'),
        })),
      ),
      freeU: changes.freeU,
    };
    return withProduct(await request.cpu(), `${target}.product`, (multiply) => writeChangedGraph(file, sources, multiply, target));
  });
}

const sourceName = ({ manifest: { name } }: PackOnDisk): { name: string } => ({ name });

function weightsOf({ folder, manifest }: PackOnDisk, task: 'lora' | 'embedding'): ReturnType<typeof openWeights> {
  const { convention } = manifest;
  if (convention.task !== task || !manifest.files.some(({ path }) => path === convention.weights)) {
    throw new AppError('model-mismatch', `"${manifest.name}" is no ${task === 'lora' ? 'LoRA' : 'embedding'}.`, {
      action: 'Choose another one.',
    });
  }
  return openWeights(join(folder, convention.weights));
}

function targetOf({ manifest: { convention } }: PackOnDisk, name: string): LoraTarget | null {
  if (convention.task !== 'diffusion') return null;
  const { parts } = convention;
  if (name === parts.denoiser) return 'unet';
  if (name === parts.textEncoder) return 'text-encoder';
  return name === parts.textEncoder2 ? 'text-encoder-2' : null;
}
