/**
 * How much memory a diffusion run will take, before it is started; and what would take less.
 *
 * The constants were measured (peak resident size of onnxruntime-node 1.30 on the CPU, Linux x64) on graphs with the published
 * widths: the outer level of SD 1.5's UNet (320 channels, 8 heads), AutoencoderKL's decoder and encoder, float32, and weights of
 * 285 and 570 MB as external data in half and single precision. Predictions were within a tenth of those above 100 MB. Drivers' memory on
 * WebGPU is not measured; the same figures are used for it, without the widening of half precision.
 */
import type { Size } from '../domain/geometry.ts';
import type { PackId } from '../domain/ids.ts';
import type { PackManifest } from '../domain/pack-manifest.ts';
import { denoiserBytes, encoderBytes, decoderBytes, pixelsInTiles } from './diffusion-activations.ts';
import { isHalf, partWeights, type PartWeights } from './diffusion-weights.ts';
import type { DiffusionParams } from './diffusion.ts';

export type DiffusionStage = 'text' | 'encode' | 'denoise' | 'decode';

export interface MemoryOptions {
  /** The setting: what loaded models may take together before idle ones are closed. */
  sessionMemoryBytes: number;
  /** Of the result, where the request leaves it to the picture; default: the pack's own. */
  size?: Size;
  /** The run starts from a picture, which goes through the VAE's encoder. */
  fromPicture?: boolean;
  /** Pictures made one after the other; they add only their pixels. */
  items?: number;
  backend?: 'cpu' | 'webgpu' | 'wasm';
}

export interface MemoryPrediction {
  /** Of the inference process, at the worst moment. */
  peakBytes: number;
  peakStage: DiffusionStage;
  stages: { stage: DiffusionStage; bytes: number }[];
  /**
   * No run can do with less: the largest part's weights and the picture. Attention is not in it, because fused kernels need no
   * matrix; on processors alone a share of the peak is, so that sizes far beyond the machine are refused and not begun.
   */
  leastBytes: number;
}

/** Deliberately low: a run whose prediction is eight times the machine's memory would take hours if its attention were fused. */
const leastShareOfPeak = 1 / 8;

/** The process before any model. */
const processBytes = 150 * 1_048_576;

type DiffusionManifest = PackManifest & { convention: Extract<PackManifest['convention'], { task: 'diffusion' }> };

export function isDiffusionManifest(manifest: PackManifest): manifest is DiffusionManifest {
  return manifest.convention.task === 'diffusion';
}

function sizeOf({ convention }: DiffusionManifest, params: DiffusionParams, size: Size | undefined): Size {
  const given = size ?? convention.nativeSize;
  return {
    width: Math.round((params.width || given.width) * params.highResScale),
    height: Math.round((params.height || given.height) * params.highResScale),
  };
}

/** Items in one run of the denoiser: two with guidance, unless its halves take turns. */
function batchOf({ convention }: DiffusionManifest, params: DiffusionParams): number {
  return params.guidanceScale > 1 && convention.timestepCondDim === null && params.guidanceRuns !== 'sequential' ? 2 : 1;
}

/** @param manifest of a pack for diffusion */
export function predictDiffusionMemory(manifest: DiffusionManifest, params: DiffusionParams, options: MemoryOptions): MemoryPrediction {
  const { convention } = manifest;
  const size = sizeOf(manifest, params, options.size);
  const latent = { width: Math.ceil(size.width / convention.vae.scale), height: Math.ceil(size.height / convention.vae.scale) };
  const precision = !isHalf(manifest) ? 'single' : options.backend === 'webgpu' ? 'half' : 'half-widened';
  const weights = (file: string | null): PartWeights => partWeights(manifest, file, precision);
  const { parts } = convention;
  const denoiser = weights(parts.denoiser);
  const batch = batchOf(manifest, params);
  const pixels = pixelsInTiles(size, convention.vae.scale, params.vaeTiling);
  const steps: { stage: DiffusionStage; weights: PartWeights; work: number }[] = [
    { stage: 'text', weights: weights(parts.textEncoder), work: 0 },
    { stage: 'text', weights: weights(parts.textEncoder2), work: 0 },
    ...(options.fromPicture === true
      ? [
          {
            stage: 'encode' as const,
            weights: weights(parts.vaeEncoder),
            work: encoderBytes(pixels, weights(parts.vaeEncoder), convention),
          },
        ]
      : []),
    { stage: 'denoise', weights: denoiser, work: denoiserBytes(latent, batch, denoiser, convention) },
    { stage: 'decode', weights: weights(parts.vaeDecoder), work: decoderBytes(pixels, weights(parts.vaeDecoder), convention) },
  ];
  // Pictures as float and as bytes: the decoded one, what it is blended into, and its file.
  const pictures = size.width * size.height * (3 * 4 * 3 + 4 * (options.items ?? 1));
  const stages = stageBytes(steps, options.sessionMemoryBytes).map(({ stage, bytes }) => ({
    stage,
    bytes: bytes + processBytes + pictures,
  }));
  const worst = stages.reduce((most, one) => (one.bytes > most.bytes ? one : most));
  const largest = Math.max(...steps.map((step) => step.weights.fileBytes));
  return {
    peakBytes: worst.bytes,
    peakStage: worst.stage,
    stages,
    leastBytes: Math.max(
      largest + size.width * size.height * 3 * 4,
      options.backend === 'cpu' || options.backend === 'wasm' ? worst.bytes * leastShareOfPeak : 0,
    ),
  };
}

/** Plays a run through: parts stay loaded, with what they last needed, until room is short; then the oldest goes. */
function stageBytes(
  steps: readonly { stage: DiffusionStage; weights: PartWeights; work: number }[],
  budgetBytes: number,
): { stage: DiffusionStage; bytes: number }[] {
  let loaded: { counted: number; bytes: number }[] = [];
  const stages: { stage: DiffusionStage; bytes: number }[] = [];
  for (const { stage, weights, work } of steps) {
    if (weights.fileBytes === 0) continue;
    while (loaded.length > 0 && loaded.reduce((sum, part) => sum + part.counted, weights.countedBytes) > budgetBytes)
      loaded = loaded.slice(1);
    const others = loaded.reduce((sum, part) => sum + part.bytes, 0);
    const bytes = others + Math.max(weights.loadPeakBytes, weights.loadedBytes + work);
    loaded.push({ counted: weights.countedBytes, bytes: weights.loadedBytes + work });
    const known = stages.find((one) => one.stage === stage);
    if (known === undefined) stages.push({ stage, bytes });
    else known.bytes = Math.max(known.bytes, bytes);
  }
  return stages;
}

/** fits: with room to spare; tight: other programs may be pushed out; short: will swap or fail; impossible: cannot be done here. */
export type MemoryVerdict = 'fits' | 'tight' | 'short' | 'impossible';

export function memoryVerdict(prediction: MemoryPrediction, memory: { totalBytes: number; availableBytes: number }): MemoryVerdict {
  if (prediction.leastBytes > memory.totalBytes) return 'impossible';
  if (prediction.peakBytes > memory.availableBytes) return 'short';
  return prediction.peakBytes > memory.availableBytes * 0.8 ? 'tight' : 'fits';
}

export interface MemorySaving {
  kind: 'sequential-guidance' | 'vae-tiling' | 'no-high-resolution' | 'smaller-size' | 'smaller-pack' | 'several';
  /** For a button: what is changed. */
  label: string;
  params: Partial<DiffusionParams>;
  /** Another pack; null: the same. */
  packId: PackId | null;
  prediction: MemoryPrediction;
  /** Its prediction is below what is available. */
  fits: boolean;
}

/**
 * Changes that need less than the request does, each with its prediction; those that fit first, then the smallest.
 * @param others packs of which one may do the same with less (the same model in half precision)
 */
export function whatWouldFit(
  manifest: DiffusionManifest,
  params: DiffusionParams,
  options: MemoryOptions,
  availableBytes: number,
  others: readonly PackManifest[] = [],
): MemorySaving[] {
  const now = predictDiffusionMemory(manifest, params, options);
  const savings: MemorySaving[] = [];
  const offer = (kind: MemorySaving['kind'], label: string, change: Partial<DiffusionParams>, pack: DiffusionManifest = manifest): void => {
    const prediction = predictDiffusionMemory(pack, { ...params, ...change }, options);
    if (prediction.peakBytes > now.peakBytes * 0.98) return;
    const packId = pack === manifest ? null : pack.id;
    savings.push({ kind, label, params: change, packId, prediction, fits: prediction.peakBytes <= availableBytes });
  };
  const sequential = { guidanceRuns: 'sequential' } as const;
  const tiled = { vaeTiling: 'on' } as const;
  offer('sequential-guidance', 'Guidance one half after the other', sequential);
  offer('vae-tiling', 'VAE in tiles', tiled);
  offer('several', 'Guidance one half after the other, VAE in tiles', { ...sequential, ...tiled });
  if (params.highResScale > 1) offer('no-high-resolution', 'Without the high-resolution fix', { highResScale: 1 });
  for (const size of smallerSizes(manifest, params, options)) {
    offer('smaller-size', `${String(size.width)} × ${String(size.height)} pixels`, { ...size, ...sequential, ...tiled });
    // From the largest down: what is smaller still would be given away for nothing.
    if (savings.at(-1)?.kind === 'smaller-size' && savings.at(-1)?.fits === true) break;
  }
  for (const other of others) {
    const same =
      isDiffusionManifest(other) && other.id !== manifest.id && other.convention.architecture === manifest.convention.architecture;
    if (same && isDiffusionManifest(other)) offer('smaller-pack', `With “${other.name}”`, {}, other);
  }
  return savings.sort((a, b) => Number(b.fits) - Number(a.fits) || a.prediction.peakBytes - b.prediction.peakBytes);
}

/** Three quarters of the sides, a half, and so on, in steps that every pack can do, not below half the size it was trained at. */
function smallerSizes(manifest: DiffusionManifest, params: DiffusionParams, options: MemoryOptions): Size[] {
  const { nativeSize, vae } = manifest.convention;
  const size = sizeOf(manifest, { ...params, highResScale: 1 }, options.size);
  const step = vae.scale * 8;
  const down = (side: number, share: number): number => Math.max(step, Math.floor((side * share) / step) * step);
  return [0.75, 0.5, 0.375, 0.25, 0.125, 0.0625, 0.03125]
    .map((share) => ({ width: down(size.width, share), height: down(size.height, share) }))
    .filter(({ width, height }) => width * height * 4 >= nativeSize.width * nativeSize.height && width * height < size.width * size.height);
}
