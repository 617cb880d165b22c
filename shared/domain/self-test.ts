/** One small run that shows what a pack does: the request, and the pictures it is done with. */
import { audioParamsSchema } from '../pipelines/audio.ts';
import { diffusionParamsSchema } from '../pipelines/diffusion.ts';
import { inpaintParamsSchema } from '../pipelines/inpaint.ts';
import { paletteParamsSchema } from '../pipelines/palette.ts';
import { scoreParamsSchema } from '../pipelines/score.ts';
import { soundParamsSchema } from '../pipelines/sound.ts';
import { stylizeParamsSchema } from '../pipelines/stylize.ts';
import { textureParamsSchema } from '../pipelines/texture.ts';
import { upscaleParamsSchema } from '../pipelines/upscale.ts';
import type { GenerationRequest } from './generation.ts';
import type { AssetHash } from './ids.ts';
import type { DiffusionConvention } from './diffusion-convention.ts';
import type { PackManifest } from './pack-manifest.ts';

/** `picture` and `style`: RGBA; `mask`: white where the picture is repainted. All have the same side. */
export interface SelfTestInputs {
  picture: AssetHash;
  style: AssetHash;
  mask: AssetHash;
}

/** Whether a pack does anything by itself: add-ons do not. */
export const canTest = ({ task }: Pick<PackManifest, 'task'>): boolean => task !== 'lora' && task !== 'embedding';

/** Side of the test pictures in pixels: large enough to be seen, small enough for a CPU. */
export const selfTestSidePx = ({ task }: Pick<PackManifest, 'task'>): number => (task === 'upscale' ? 96 : 256);

const mostSteps = 4;
const largestDiffusionPx = 256;

/** Null for add-ons. */
export function selfTestRequest({ id, convention }: PackManifest, inputs: SelfTestInputs): GenerationRequest | null {
  const base = { projectId: null, packId: id, seed: 7, backend: 'auto' as const, placement: null, parentId: null, title: 'Self-test' };
  const { picture, style, mask } = inputs;
  switch (convention.task) {
    case 'inpaint':
      return { ...base, kind: 'inpaint', inputs: { image: picture, mask }, params: inpaintParamsSchema.parse({}) };
    case 'upscale':
      return { ...base, kind: 'upscale', inputs: { image: picture }, params: upscaleParamsSchema.parse({ factor: convention.factor }) };
    case 'stylize': {
      const params = stylizeParamsSchema.parse({ paintSize: 256 });
      return { ...base, kind: 'stylize', inputs: { image: picture, ...(convention.kind === 'fixed-style' ? {} : { style }) }, params };
    }
    case 'palette':
      return { ...base, kind: 'palette', inputs: {}, params: paletteParamsSchema.parse({}) };
    case 'texture':
      return { ...base, kind: 'texture', inputs: {}, params: textureParamsSchema.parse({ sizePx: 256, maps: false }) };
    case 'diffusion':
      return {
        ...base,
        kind: 'diffusion',
        inputs: convention.inChannels === 9 ? { image: picture, mask } : {},
        params: diffusionParams(convention),
      };
    case 'score':
      return { ...base, kind: 'score', inputs: {}, params: scoreParamsSchema.parse({ mode: 'generate', bars: 2 }) };
    case 'sound':
      return { ...base, kind: 'sound', inputs: {}, params: soundParamsSchema.parse({ effect: 'rain', seconds: 2 }) };
    case 'audio':
      return { ...base, kind: 'audio', inputs: {}, params: audioParamsSchema.parse({ text: convention.sampleText, seconds: 1 }) };
    case 'lora':
    case 'embedding':
      return null;
  }
}

function diffusionParams({ nativeSize, defaults, examplePrompts }: DiffusionConvention): ReturnType<typeof diffusionParamsSchema.parse> {
  const shrink = Math.min(1, largestDiffusionPx / Math.max(nativeSize.width, nativeSize.height));
  const side = (px: number): number => Math.max(8, Math.round((px * shrink) / 8) * 8);
  return diffusionParamsSchema.parse({
    prompt: examplePrompts[0] ?? 'a red apple on a wooden table',
    width: side(nativeSize.width),
    height: side(nativeSize.height),
    steps: Math.min(defaults.steps, mostSteps),
    guidanceScale: defaults.guidanceScale,
  });
}

type Colour = readonly [number, number, number];
const mix = (a: Colour, b: Colour, t: number): Colour => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
const smooth = (from: number, to: number, x: number): number => {
  const t = Math.min(1, Math.max(0, (x - from) / (to - from)));
  return t * t * (3 - 2 * t);
};

/** RGBA of a square: sky, sun and hills, with fine stripes for whoever enlarges. */
export function testPicture(sidePx: number): Uint8Array<ArrayBuffer> {
  return paint(sidePx, (u, v) => {
    let colour = mix([70, 120, 190], [250, 200, 150], smooth(0, 0.75, v));
    const sun = Math.hypot(u - 0.68, v - 0.34);
    colour = mix([255, 240, 200], colour, smooth(0.1, 0.115, sun));
    colour = mix(colour, [90, 100, 130], smooth(0.55, 0.56, v + 0.06 * Math.sin(u * 9)));
    colour = mix(colour, [45, 90, 60], smooth(0.7, 0.71, v + 0.05 * Math.sin(u * 6 + 2)));
    const stripes = Math.sin(u * 120) > 0.4 ? 18 : 0;
    return v > 0.82 ? mix(colour, [20, 40, 25], stripes / 24) : colour;
  });
}

/** RGBA of a square: swirls in few strong colours. */
export function testStyle(sidePx: number): Uint8Array<ArrayBuffer> {
  const colours: readonly Colour[] = [
    [24, 44, 98],
    [222, 168, 46],
    [188, 62, 40],
    [236, 226, 200],
  ];
  return paint(sidePx, (u, v) => {
    const swirl = Math.sin(u * 14 + 3 * Math.sin(v * 9)) + Math.cos(v * 17 + 2 * Math.sin(u * 11));
    const at = ((swirl + 2) / 4) * (colours.length - 1);
    const low = colours[Math.floor(at)] ?? [0, 0, 0];
    return mix(low, colours[Math.min(colours.length - 1, Math.floor(at) + 1)] ?? low, smooth(0.35, 0.65, at % 1));
  });
}

/** One channel: a disc in the middle. */
export function testMask(sidePx: number): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(sidePx * sidePx);
  for (let y = 0; y < sidePx; y += 1) {
    for (let x = 0; x < sidePx; x += 1) {
      if (Math.hypot(x + 0.5 - sidePx * 0.5, y + 0.5 - sidePx * 0.55) < sidePx * 0.16) pixels[y * sidePx + x] = 255;
    }
  }
  return pixels;
}

function paint(sidePx: number, at: (u: number, v: number) => Colour): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(sidePx * sidePx * 4);
  for (let y = 0; y < sidePx; y += 1) {
    for (let x = 0; x < sidePx; x += 1) {
      const [red, green, blue] = at((x + 0.5) / sidePx, (y + 0.5) / sidePx);
      pixels.set([red, green, blue, 255], (y * sidePx + x) * 4);
    }
  }
  return pixels;
}
