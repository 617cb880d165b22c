import { describe, expect, it } from 'vitest';
import { packManifestSchema, type PackManifest } from '../domain/pack-manifest.ts';
import { decoderBytes, denoiserBytes, encoderBytes } from './diffusion-activations.ts';
import { isDiffusionManifest, memoryVerdict, predictDiffusionMemory, whatWouldFit } from './diffusion-memory.ts';
import { isHalf, partWeights } from './diffusion-weights.ts';
import { diffusionParamsSchema } from './diffusion.ts';

const GB = 1e9;
type Files = Record<string, number>;

/** Stable Diffusion 1.5 as Optimum exports it. */
const sd15Files: Files = {
  'text_encoder/model.onnx': 492e6,
  'unet/model.onnx': 2e6,
  'unet/model.onnx_data': 3.44 * GB,
  'vae_encoder/model.onnx': 137e6,
  'vae_decoder/model.onnx': 198e6,
  'unet/config.json': 1000,
};

function packOf(
  id: string,
  files: Files,
  architecture: 'sd' | 'sdxl' = 'sd',
  side = 512,
): PackManifest & { convention: { task: 'diffusion' } } {
  const manifest = packManifestSchema.parse({
    formatVersion: 1,
    id,
    name: id,
    version: '1.0.0',
    task: 'diffusion',
    family: 'diffusion',
    licence: null,
    model: 'unet/model.onnx',
    files: Object.entries(files).map(([path, sizeBytes]) => ({ path, sizeBytes, sha256: 'a'.repeat(64) })),
    convention: {
      task: 'diffusion',
      architecture,
      parts: {
        textEncoder: 'text_encoder/model.onnx',
        textEncoder2: null,
        denoiser: 'unet/model.onnx',
        vaeEncoder: 'vae_encoder/model.onnx',
        vaeDecoder: 'vae_decoder/model.onnx',
      },
      tokenizer: null,
      tokenizer2: null,
      schedulerConfig: 'scheduler_config.json',
      vae: { scalingFactor: 0.18215, latentChannels: 4, scale: 8 },
      inChannels: 4,
      nativeSize: { width: side, height: side },
      defaults: { steps: 20, guidanceScale: 7.5 },
    },
  });
  if (!isDiffusionManifest(manifest)) throw new Error('no diffusion pack');
  return manifest;
}

const sd15 = packOf('sd15', sd15Files);
const sd15Half = packOf('sd15-fp16', Object.fromEntries(Object.entries(sd15Files).map(([path, bytes]) => [path, Math.round(bytes / 2)])));
const params = diffusionParamsSchema.parse({ guidanceScale: 7.5 });
const options = { sessionMemoryBytes: 4 * GB };
const full = { fileBytes: 0, loadedBytes: 0, loadPeakBytes: 0, countedBytes: 0, singleBytes: 11 * GB };

describe('against what was measured', () => {
  const within = (predicted: number, measuredMB: number): void => {
    expect(predicted / (measuredMB * 1e6)).toBeGreaterThan(0.9);
    expect(predicted / (measuredMB * 1e6)).toBeLessThan(1.1);
  };

  it('activations', () => {
    const side = (pixels: number) => ({ width: pixels, height: pixels });
    within(denoiserBytes(side(64), 1, full, sd15.convention), 1125);
    within(denoiserBytes(side(64), 2, full, sd15.convention), 2322);
    within(decoderBytes(side(512), full, sd15.convention), 942);
    within(decoderBytes(side(256), full, sd15.convention), 253);
    within(encoderBytes(side(256), full, sd15.convention), 137);
  });

  it('weights', () => {
    const weights = (files: Files, precision: 'single' | 'half-widened') =>
      partWeights(packOf('x', { ...sd15Files, ...files }), 'unet/model.onnx', precision);
    const single = weights({ 'unet/model.onnx': 2000, 'unet/model.onnx_data': 570e6 }, 'single');
    within(single.loadedBytes, 598);
    within(single.loadPeakBytes, 781);
    const half = weights({ 'unet/model.onnx': 2000, 'unet/model.onnx_data': 285e6 }, 'half-widened');
    within(half.loadedBytes, 648);
    within(half.loadPeakBytes, 1411);
    const inside = partWeights(packOf('x', { 'unet/model.onnx': 132e6 }), 'unet/model.onnx', 'single');
    within(inside.loadedBytes, 283);
    within(inside.loadPeakBytes, 308);
  });
});

describe('a run’s peak', () => {
  it('is the denoiser’s for SD 1.5 at 512, and falls with sequential guidance', () => {
    const batched = predictDiffusionMemory(sd15, params, options);
    const sequential = predictDiffusionMemory(sd15, { ...params, guidanceRuns: 'sequential' }, options);
    expect(batched.peakBytes / GB).toBeGreaterThan(5);
    expect(batched.peakBytes / GB).toBeLessThan(9);
    expect(batched.peakBytes - sequential.peakBytes).toBeGreaterThan(1 * GB);
    expect(predictDiffusionMemory(sd15, { ...params, guidanceScale: 1 }, options).peakBytes).toBe(sequential.peakBytes);
    expect(batched.stages.map(({ stage }) => stage)).toEqual(['text', 'denoise', 'decode']);
    expect(predictDiffusionMemory(sd15, params, { ...options, fromPicture: true }).stages.map(({ stage }) => stage)).toContain('encode');
  });

  it('grows with the size, and tiles keep the VAE small', () => {
    const at = (side: number, more = {}): ReturnType<typeof predictDiffusionMemory> =>
      predictDiffusionMemory(sd15, { ...params, width: side, height: side, ...more }, options);
    expect(at(768).peakBytes).toBeGreaterThan(at(512).peakBytes);
    expect(at(512, { highResScale: 1.5 }).peakBytes).toBe(at(768).peakBytes);
    const decode = (side: number, vaeTiling: 'on' | 'off'): number =>
      at(side, { vaeTiling }).stages.find(({ stage }) => stage === 'decode')?.bytes ?? 0;
    expect(decode(1024, 'off') - decode(1024, 'on')).toBeGreaterThan(2 * GB);
  });

  it('keeps fewer parts at a time when the setting is small', () => {
    const small = predictDiffusionMemory(sd15, params, { sessionMemoryBytes: 100e6 });
    expect(small.peakBytes).toBeLessThan(predictDiffusionMemory(sd15, params, options).peakBytes);
  });

  it('of a miniature is a miniature', () => {
    const mini = packOf('mini', { 'text_encoder/model.onnx': 8e6, 'unet/model.onnx': 30e6, 'vae_decoder/model.onnx': 4e6 }, 'sd', 64);
    const { peakBytes, leastBytes } = predictDiffusionMemory(mini, params, options);
    expect(peakBytes).toBeLessThan(0.4 * GB);
    expect(leastBytes).toBeLessThan(0.05 * GB);
  });

  it('knows half precision by name and by size, and that the CPU widens it', () => {
    expect([sd15, sd15Half, packOf('anything', { ...sd15Files, 'unet/model.onnx_data': 1.72 * GB })].map(isHalf)).toEqual([
      false,
      true,
      true,
    ]);
    const cpu = predictDiffusionMemory(sd15Half, params, options);
    const gpu = predictDiffusionMemory(sd15Half, params, { ...options, backend: 'webgpu' });
    expect(cpu.peakBytes).toBeGreaterThan(gpu.peakBytes * 1.2);
  });
});

describe('what to say', () => {
  it('refuses only what no machine of this size could do', () => {
    const prediction = predictDiffusionMemory(sd15, params, options);
    expect(memoryVerdict(prediction, { totalBytes: 64 * GB, availableBytes: 40 * GB })).toBe('fits');
    expect(memoryVerdict(prediction, { totalBytes: 64 * GB, availableBytes: prediction.peakBytes * 1.1 })).toBe('tight');
    expect(memoryVerdict(prediction, { totalBytes: 8 * GB, availableBytes: 2 * GB })).toBe('short');
    expect(memoryVerdict(prediction, { totalBytes: 2 * GB, availableBytes: 1 * GB })).toBe('impossible');
  });

  it('offers what needs less, what fits first, each as parameters', () => {
    const large = { ...params, width: 1024, height: 1024 };
    const offers = whatWouldFit(sd15, large, options, 12 * GB, [sd15Half]);
    expect(offers.length).toBeGreaterThan(2);
    expect(offers[0]).toMatchObject({ fits: true });
    for (const [index, offer] of offers.entries()) {
      expect(offer.prediction.peakBytes).toBeLessThan(predictDiffusionMemory(sd15, large, options).peakBytes);
      expect(Number(offers[index + 1]?.fits ?? false)).toBeLessThanOrEqual(Number(offer.fits));
      expect(offer.prediction).toEqual(
        predictDiffusionMemory(offer.packId === null ? sd15 : sd15Half, { ...large, ...offer.params }, options),
      );
    }
    expect(offers.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['sequential-guidance', 'smaller-size']));
  });

  it('offers the largest size that fits, however far down it is', () => {
    const mini = packOf('mini', { 'text_encoder/model.onnx': 8e6, 'unet/model.onnx': 30e6, 'vae_decoder/model.onnx': 4e6 }, 'sd', 64);
    const offers = whatWouldFit(mini, { ...params, width: 4096, height: 4096 }, options, 16 * GB);
    expect(offers[0]).toMatchObject({ kind: 'smaller-size', fits: true });
    expect(offers.filter(({ fits }) => fits)).toHaveLength(1);
    expect(offers[0]!.params.width).toBeGreaterThanOrEqual(256);
    expect(offers.find(({ params: { width } }) => width === offers[0]!.params.width! * 2)?.fits ?? false).toBe(false);
  });

  it('offers half precision where it helps: not on the CPU', () => {
    const kinds = (backend: 'cpu' | 'webgpu'): string[] =>
      whatWouldFit(sd15, params, { ...options, backend }, 12 * GB, [sd15Half]).map(({ kind }) => kind);
    expect(kinds('webgpu')).toContain('smaller-pack');
    expect(kinds('cpu')).not.toContain('smaller-pack');
  });
});
