/** What a pack's parts weigh once they are loaded. */
import type { PackManifest } from '../domain/pack-manifest.ts';

export interface PartWeights {
  /** On disk: the graph and its external data. 0: the pack has no such part. */
  fileBytes: number;
  /** In memory, once loaded. */
  loadedBytes: number;
  /** In memory, at the worst moment of loading. */
  loadPeakBytes: number;
  /** What the session cache counts for it. */
  countedBytes: number;
  /** Its weights in single precision, to tell how wide its layers are. */
  singleBytes: number;
}

/** Measured: of 570 MB single precision in external data 598 MB stay, 781 MB at the worst moment; of 285 MB half precision, which
 * the CPU widens, 648 and 1411 MB. A graph with its weights inside (132 MB) is held twice while it is read: 283 and 308 MB. */
const single = { loaded: 1.05, peak: 1.4 };
const widened = { loaded: 2.3, peak: 5 };
const inside = 1.05;
/** electron/inference/session-cache.ts */
const countedPerFileByte = 3;

/** half-widened: half on disk, computed in single precision by the backend. */
export type Precision = 'single' | 'half' | 'half-widened';

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Files beside a graph that are its weights: all of its folder that is no graph or text, or what bears its name in a shared one. */
function dataFiles(manifest: Pick<PackManifest, 'files'>, graph: string): PackManifest['files'] {
  const beside = manifest.files.filter(({ path }) => folderOf(path) === folderOf(graph) && path !== graph);
  const shared = beside.some(({ path }) => path.endsWith('.onnx'));
  const stem = nameOf(graph).replace(/\.onnx$/, '');
  return beside.filter(({ path }) => !/\.(onnx|json|txt|md)$/.test(path) && (!shared || nameOf(path).startsWith(stem)));
}

export function partWeights(manifest: Pick<PackManifest, 'files'>, graph: string | null, precision: Precision): PartWeights {
  const graphBytes = manifest.files.find(({ path }) => path === graph)?.sizeBytes ?? 0;
  if (graph === null || graphBytes === 0) return { fileBytes: 0, loadedBytes: 0, loadPeakBytes: 0, countedBytes: 0, singleBytes: 0 };
  const external = dataFiles(manifest, graph).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const fileBytes = graphBytes + external;
  const { loaded, peak } = precision === 'half-widened' ? widened : single;
  return {
    fileBytes,
    loadedBytes: fileBytes * loaded + graphBytes * inside,
    loadPeakBytes: fileBytes * peak + graphBytes * inside,
    countedBytes: graphBytes * countedPerFileByte,
    singleBytes: fileBytes * (precision === 'single' ? 1 : 2),
  };
}

/** Bytes of published denoisers in half precision, within which an unnamed pack is taken for one. */
const halfSizes = { sd: [1.5e9, 2.2e9], sdxl: [4.5e9, 6e9], 'sdxl-refiner': [4e9, 5.5e9] } as const;

/** Whether the denoiser's weights are in half precision: as its names say, or its size. */
export function isHalf(manifest: PackManifest): boolean {
  const { convention } = manifest;
  if (convention.task !== 'diffusion') return false;
  const denoiser = convention.parts.denoiser;
  const named = [manifest.id, manifest.name, denoiser].join(' ');
  if (/fp32|float32/i.test(named)) return false;
  if (/fp16|float16|half|f16/i.test(named)) return true;
  const bytes = [denoiser, ...dataFiles(manifest, denoiser).map(({ path }) => path)].reduce(
    (sum, file) => sum + (manifest.files.find(({ path }) => path === file)?.sizeBytes ?? 0),
    0,
  );
  const [low, high] = halfSizes[convention.architecture];
  return bytes > low && bytes < high;
}
