import { describe, expect, it } from 'vitest';
import { diffusionConventionSchema } from '../../shared/domain/diffusion-convention.ts';
import { documentRecordSchema } from '../../shared/domain/document.ts';
import { diffusionRequestSchema } from '../../shared/domain/generation.ts';
import { assetHashSchema, generationIdSchema, packIdSchema } from '../../shared/domain/ids.ts';
import { diffusionParamsSchema } from '../../shared/pipelines/diffusion.ts';
import { canvasInput, isClear, maskWithin, onWhite, shrunk } from './canvas-generate-input.ts';
import { generateRequests, workingSize, type GeneratePress } from './canvas-generate-request.ts';
import { isBlankPlace, placeWords } from './canvas-generate-words.ts';
import { coveringCrop } from './fitted-picture.ts';
import type { RawPixels } from '../canvas/canvas-api.ts';

const hash = (letter: string) => assetHashSchema.parse(letter.repeat(64));
const convention = diffusionConventionSchema.parse({
  task: 'diffusion',
  architecture: 'sd',
  parts: { textEncoder: 't', textEncoder2: null, denoiser: 'u', vaeEncoder: 'e', vaeDecoder: 'd' },
  tokenizer: 'k',
  tokenizer2: null,
  schedulerConfig: 's',
  vae: { scalingFactor: 1, latentChannels: 4, scale: 4 },
  inChannels: 4,
  nativeSize: { width: 64, height: 64 },
  defaults: { steps: 20, guidanceScale: 4 },
});
const record = documentRecordSchema.parse({
  id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  projectId: '01ARZ3NDEKTSV4RRFFQ69G5FAW',
  name: 'dune.jpg',
  revision: 3,
  canvas: { width: 512, height: 256 },
  snapshot: hash('a'),
  thumbnail: null,
  createdAtMs: 0,
  updatedAtMs: 0,
  trashedAtMs: null,
});
const press: GeneratePress = {
  record,
  region: { x: 10, y: 20, width: 300, height: 200 },
  image: hash('b'),
  mask: hash('c'),
  empty: false,
  regions: [hash('d'), hash('e')],
  packId: packIdSchema.parse('kiln-mini'),
  convention,
  params: diffusionParamsSchema.parse({
    prompt: '  a red apple ',
    strength: 0.6,
    regions: [{ prompt: 'leaf' }, { prompt: 'stem', weight: 0.5 }],
  }),
  backend: 'auto',
  parentId: generationIdSchema.parse('01ARZ3NDEKTSV4RRFFQ69G5FAX'),
  seed: 0xffff_ffff,
  count: 2,
};

describe('the requests of Generate here', () => {
  it('are complete, with seeds that follow and wrap round', () => {
    const requests = generateRequests(press).map((request) => diffusionRequestSchema.parse(request));
    expect(requests.map(({ seed }) => seed)).toEqual([0xffff_ffff, 0]);
    expect(requests[0]).toMatchObject({
      title: 'a red apple',
      placement: { documentId: record.id, snapshot: record.snapshot, region: press.region },
      parentId: press.parentId,
      inputs: { image: hash('b'), mask: hash('c'), region1: hash('d'), region2: hash('e') },
      // The crop around a mask is the pipeline's to size.
      params: { width: 0, height: 0, strength: 0.6, regions: [{ prompt: 'leaf' }, { prompt: 'stem', weight: 0.5 }] },
    });
  });

  it('from words alone have a size and no parent', () => {
    const [request] = generateRequests({
      ...press,
      image: null,
      mask: null,
      empty: true,
      regions: [],
      region: { x: 0, y: 0, width: 512, height: 256 },
    });
    expect(request).toMatchObject({ parentId: null, inputs: {}, params: { strength: 1, maskFill: 'noise', regions: [] } });
    const { width, height } = request!.params;
    expect(width / height).toBeCloseTo(2, 0);
    expect(width * height).toBeLessThan(64 * 64 * 2.25);
    expect(width % 8).toBe(0);
  });

  it('work at the place’s own size where the model can', () => {
    expect(workingSize({ width: 96, height: 64 }, convention)).toEqual({ width: 96, height: 64 });
    expect(workingSize({ width: 4096, height: 4096 }, convention)).toEqual({ width: 64, height: 64 });
  });
});

describe('what they are made from', () => {
  const pixels = (alpha: number): RawPixels => ({
    width: 2,
    height: 1,
    channels: 4,
    data: new Uint8Array([10, 20, 30, alpha, 10, 20, 30, alpha]),
  });
  const engine = (flat: RawPixels | null, masked: RawPixels | null = null) => ({
    flatten: () => flat,
    inpaintInput: () =>
      masked === null ? null : { region: { x: 1, y: 0, width: 2, height: 1 }, image: masked, mask: { ...masked, channels: 1 as const } },
  });
  const params = { contextPadding: 0.5, maskGrow: 4, feather: 16, strength: 0.5 };

  it('is the mask with its surroundings, the whole, or nothing', () => {
    expect(canvasInput(engine(pixels(255), pixels(255)), params)).toMatchObject({ region: { x: 1 }, empty: false });
    const blank = canvasInput(engine(pixels(0), pixels(0)), params);
    expect(blank).toMatchObject({ empty: true, mask: { channels: 1 } });
    expect(isClear(blank!.image!)).toBe(false);
    expect(canvasInput(engine(pixels(128)), params)?.image?.data.slice(0, 4)).toEqual(new Uint8Array([132, 137, 142, 255]));
    expect(canvasInput(engine(pixels(255)), { ...params, strength: 1 })).toMatchObject({ image: null, mask: null, empty: false });
    expect(canvasInput(engine(pixels(0)), params)).toMatchObject({ image: null, empty: true });
    expect(canvasInput(engine(null), params)).toBeNull();
  });

  it('lies on white where it is clear', () => {
    expect([...onWhite(pixels(0)).data.slice(0, 4)]).toEqual([255, 255, 255, 255]);
    expect([...onWhite(pixels(255)).data.slice(0, 4)]).toEqual([10, 20, 30, 255]);
  });

  it('has region masks cut to the same place, and nothing outside the canvas', () => {
    const mask: RawPixels = { width: 3, height: 2, channels: 1, data: new Uint8Array([1, 2, 3, 4, 5, 6]) };
    expect([...maskWithin(mask, { x: 1, y: 1, width: 2, height: 1 }).data]).toEqual([5, 6]);
    expect([...maskWithin(mask, { x: -1, y: -1, width: 3, height: 3 }).data]).toEqual([0, 0, 0, 0, 1, 2, 0, 4, 5]);
    expect([...maskWithin(mask, { x: 9, y: 0, width: 2, height: 1 }).data]).toEqual([0, 0]);
  });

  it('is made smaller by averages, colours by their alpha', () => {
    const mask: RawPixels = { width: 4, height: 2, channels: 1, data: new Uint8Array([0, 0, 200, 200, 100, 100, 0, 0]) };
    expect(shrunk(mask, 2)).toEqual({ width: 2, height: 1, channels: 1, data: new Uint8Array([50, 100]) });
    expect(shrunk(mask, 8)).toBe(mask);
    const half: RawPixels = { width: 2, height: 1, channels: 4, data: new Uint8Array([255, 0, 0, 255, 9, 9, 9, 0]) };
    expect([...shrunk(half, 1).data]).toEqual([255, 0, 0, 128]);
  });

  it('is brought to its place by its middle', () => {
    expect(coveringCrop({ width: 64, height: 64 }, { width: 512, height: 256 })).toEqual({ x: 0, y: 16, width: 64, height: 32 });
    expect(coveringCrop({ width: 96, height: 64 }, { width: 960, height: 640 })).toEqual({ x: 0, y: 0, width: 96, height: 64 });
  });
});

describe('what a press would do, in words', () => {
  const canvas = { width: 512, height: 512 };
  const layers = [{ bounds: { x: 0, y: 0, width: 0, height: 0 } }] as never;
  it('names the mask, the frame or the canvas, and how much it is enlarged', () => {
    const bare = { canvas, maskBounds: null, outpaintFrame: null, layers };
    expect(placeWords(bare, convention)).toBe('Nothing is masked: the whole canvas (512 × 512 px). Made at 64 × 64 and enlarged 8-fold.');
    expect(isBlankPlace(bare)).toBe(true);
    expect(placeWords({ ...bare, maskBounds: { x: 0, y: 0, width: 30, height: 20 } }, convention)).toContain('mask (30 × 20 px)');
    expect(placeWords({ ...bare, outpaintFrame: { x: -8, y: 0, width: 520, height: 512 } }, convention)).toContain('frame');
    expect(placeWords({ ...bare, canvas: null }, convention)).toBe('');
  });
});
