/** What a run of a model of sound takes of the memory, told from its manifest. */
import type { Backend } from '../domain/backend.ts';
import type { PackManifest } from '../domain/pack-manifest.ts';
import type { AudioConvention } from '../domain/music-convention.ts';
import type { MemoryPrediction } from './diffusion-memory.ts';

/** Open graphs keep their weights; halves are kept in single precision as well where the CPU runs them. */
const kept = 1.1;
const keptHalvesOnCpu = 2.4;
const keptTwiceOnWasm = 2.1;
/** Room for what flows through: sound is small beside the weights. */
const flowBytes = 256 * 1024 ** 2;

export type AudioManifest = PackManifest & { convention: AudioConvention };
export const isAudioManifest = (manifest: PackManifest): manifest is AudioManifest => manifest.convention.task === 'audio';

/** All graphs of such a model are open together, so that the least is nearly the most. */
export function predictAudioMemory(
  { files, convention }: AudioManifest,
  backend: Backend,
): Pick<MemoryPrediction, 'peakBytes' | 'leastBytes'> {
  const graphs = Object.values(convention.graphs);
  let weights = 0;
  for (const { path, sizeBytes } of files) {
    const graph = graphs.find((one) => path === one || path.startsWith(`${one}_data`) || path.startsWith(`${one}.data`));
    if (graph === undefined) continue;
    const halves = /_(?:fp16|q8f16|q4f16|uint8f16)\.onnx$/.test(graph);
    weights += sizeBytes * (backend === 'wasm' ? keptTwiceOnWasm : halves && backend === 'cpu' ? keptHalvesOnCpu : kept);
  }
  return { peakBytes: weights + flowBytes, leastBytes: weights };
}
