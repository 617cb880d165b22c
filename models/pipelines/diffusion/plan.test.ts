import { describe, expect, it } from 'vitest';
import { diffusionParamsSchema, type DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { containsRect } from '../../../shared/domain/geometry.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { PixelImage } from '../../pipeline.ts';
import { isHeld } from './blend.ts';
import { slerp } from './noise.ts';
import { planDiffusion } from './plan.ts';
import { dilated, latentLevels, nearest, repaintLevels } from './repaint-mask.ts';
import type { SizeRules } from './sizes.ts';

const rules: SizeRules = { native: { width: 512, height: 512 }, multiple: 64, fixed: null };
const params = (changes: Partial<DiffusionParams> = {}): DiffusionParams => diffusionParamsSchema.parse(changes);
const blank = (width: number, height: number, channels: 1 | 3 | 4 = 3): PixelImage => ({
  width,
  height,
  channels,
  data: new Uint8Array(width * height * channels).fill(255),
});
function masked(width: number, height: number, x: number, y: number, side: number): PixelImage {
  const mask = { ...blank(width, height, 1), data: new Uint8Array(width * height) };
  for (let row = y; row < y + side; row += 1) mask.data.fill(255, row * width + x, row * width + x + side);
  return mask;
}

describe('sizes', () => {
  it('are the pack’s own unless given', () => {
    expect(planDiffusion({}, params(), rules).frame.model).toEqual(rules.native);
    const plan = planDiffusion({}, params({ width: 700, height: 30 }), rules);
    expect(plan.frame.model).toEqual({ width: 704, height: 64 });
    expect(plan.notes[0]).toContain('multiples of 64');
  });

  it('of pictures stay, widened for the model', () => {
    const plan = planDiffusion({ image: blank(600, 400) }, params(), rules);
    expect(plan).toMatchObject({ mode: 'image', notes: [] });
    expect(plan.frame).toMatchObject({ content: { width: 600, height: 400 }, model: { width: 640, height: 448 } });
  });

  it('of very large and very small pictures become what the model can do, with a note', () => {
    const large = planDiffusion({ image: blank(4000, 2000) }, params(), rules);
    const { content, model } = large.frame;
    expect(content.width / content.height).toBeCloseTo(2, 2);
    expect(content.width * content.height).toBeLessThan(4.05 * 512 * 512);
    expect(model.width % 64).toBe(0);
    expect(large.notes[0]).toContain('4000×2000');
    const small = planDiffusion({ image: blank(32, 32) }, params(), rules);
    expect(small.frame.content).toEqual({ width: 512, height: 512 });
  });

  it('of one side follow the picture’s proportions; of both, its middle is taken', () => {
    const one = planDiffusion({ image: blank(800, 400) }, params({ width: 512 }), rules);
    expect(one.frame.model).toEqual({ width: 512, height: 256 });
    const both = planDiffusion({ image: blank(800, 400) }, params({ width: 512, height: 512 }), rules);
    expect(both.frame.source).toEqual({ x: 0.25, y: 0, width: 0.5, height: 1 });
    const odd = planDiffusion({ image: blank(800, 400) }, params({ width: 500, height: 333 }), rules);
    expect(odd).toMatchObject({ frame: { content: { width: 500, height: 333 }, model: { width: 512, height: 384 } }, notes: [] });
  });

  it('are the graph’s where it fixes them', () => {
    const fixed = { ...rules, fixed: { width: 512, height: 512 } };
    expect(planDiffusion({}, params({ width: 640, highResScale: 2 }), fixed)).toMatchObject({
      frame: { model: fixed.fixed },
      highRes: null,
    });
    const image = planDiffusion({ image: blank(800, 400) }, params(), fixed);
    expect(image.frame).toMatchObject({ content: { width: 512, height: 256 }, model: fixed.fixed });
  });

  it('of the second pass are multiples too', () => {
    const plan = planDiffusion({}, params({ highResScale: 1.3 }), rules);
    expect(plan.highRes).toMatchObject({ content: { width: 640, height: 640 }, model: { width: 640, height: 640 } });
  });
});

describe('crops', () => {
  it('hold what changes, lie inside the image and suit the model, wherever the mask is', () => {
    const random = seededRandom(8);
    for (let round = 0; round < 60; round += 1) {
      const [width, height] = [Math.floor(100 + random() * 1500), Math.floor(100 + random() * 1500)];
      const side = Math.floor(1 + random() * Math.min(width, height) * 0.8);
      const mask = masked(width, height, Math.floor(random() * (width - side)), Math.floor(random() * (height - side)), side);
      const { repaint } = planDiffusion({ image: blank(width, height), mask }, params({ contextPadding: random() * 2 }), rules);
      const { crop, changed, model } = repaint!;
      expect(containsRect({ x: 0, y: 0, width, height }, crop)).toBe(true);
      expect(containsRect(crop, changed)).toBe(true);
      expect([model.width % 64, model.height % 64]).toEqual([0, 0]);
      expect(model.width * model.height).toBeLessThan(3 * 512 * 512);
      const stretch =
        (model.width / model.height / (crop.width / crop.height)) ** Math.sign(model.width / model.height - crop.width / crop.height);
      expect(stretch).toBeLessThan(1.6);
    }
  });

  it('work a small mask out at the native size, and a whole picture of it without resampling', () => {
    const small = planDiffusion({ image: blank(2000, 2000), mask: masked(2000, 2000, 900, 900, 100) }, params(), rules).repaint!;
    expect(small.model).toEqual(rules.native);
    expect(small.crop.width).toBe(small.crop.height);
    expect(small.crop.width).toBe(280);
    const whole = planDiffusion(
      { image: blank(512, 512), mask: masked(512, 512, 100, 100, 200) },
      params({ contextPadding: 4 }),
      rules,
    ).repaint!;
    expect(whole).toMatchObject({ crop: { x: 0, y: 0, width: 512, height: 512 }, model: rules.native });
    const own = planDiffusion(
      { image: blank(1600, 1600), mask: masked(1600, 1600, 500, 500, 400) },
      params({ contextPadding: 0.25 }),
      rules,
    ).repaint!;
    expect(own.model).toEqual({ width: own.crop.width, height: own.crop.height });
  });
});

describe('masks', () => {
  it('grow by the highest level within reach', () => {
    const random = seededRandom(4);
    const size = { width: 23, height: 17 };
    const levels = Uint8Array.from({ length: 23 * 17 }, () => (random() < 0.1 ? Math.floor(random() * 256) : 0));
    for (const radius of [0, 1, 4, 30]) {
      const result = dilated(levels, size, radius);
      for (let y = 0; y < 17; y += 1) {
        for (let x = 0; x < 23; x += 1) {
          let highest = 0;
          for (let dy = -radius; dy <= radius; dy += 1)
            for (let dx = -radius; dx <= radius; dx += 1) {
              if (x + dx >= 0 && x + dx < 23 && y + dy >= 0 && y + dy < 17) highest = Math.max(highest, levels[(y + dy) * 23 + x + dx]!);
            }
          expect(result[y * 23 + x]).toBe(highest);
        }
      }
    }
  });

  it('reach the latents by nearest neighbour, and thin strokes all the same', () => {
    const levels = new Uint8Array(32 * 32);
    levels[8 * 32 + 16] = 255;
    expect(nearest(levels, { width: 32, height: 32 }, { width: 4, height: 4 })[1 * 4 + 2]).toBe(255);
    const thin = new Uint8Array(32 * 32);
    thin[9 * 32 + 17] = 128;
    const small = latentLevels(thin, { width: 32, height: 32 }, { width: 4, height: 4 });
    expect(small[1 * 4 + 2]).toBeCloseTo(128 / 255, 6);
    expect(small.filter((level) => level > 0)).toHaveLength(1);
  });

  it('are what surrounds an opaque rectangle, when none is given', () => {
    const image = blank(20, 10, 4);
    for (let at = 0; at < 200; at += 1) if (at % 20 < 5) image.data[at * 4 + 3] = 0;
    expect(repaintLevels(image, undefined)?.filter((level) => level === 255)).toHaveLength(50);
    image.data[(5 * 20 + 10) * 4 + 3] = 0;
    expect(repaintLevels(image, undefined)).toBeNull();
    expect(repaintLevels(blank(20, 10, 4), undefined)).toBeNull();
    expect(repaintLevels(blank(20, 10), undefined)).toBeNull();
  });
});

describe('the differential map', () => {
  it('frees brighter pixels earlier, and black ones never', () => {
    const freeCalls = (level: number): number => Array.from({ length: 20 }, (_, index) => !isHeld(level, index, 20)).filter(Boolean).length;
    let before = 0;
    for (let level = 0; level <= 255; level += 1) {
      const calls = freeCalls(level / 255);
      expect(calls).toBeGreaterThanOrEqual(before);
      before = calls;
    }
    expect([freeCalls(0), freeCalls(0.5), freeCalls(1)]).toEqual([0, 10, 20]);
    expect(isHeld(0, 20, 20)).toBe(true);
  });
});

describe('slerp', () => {
  it('keeps to the arc between two directions', () => {
    const half = slerp(Float32Array.of(1, 0), Float32Array.of(0, 1), 0.5);
    expect(half[0]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(half[1]).toBeCloseTo(Math.SQRT1_2, 6);
    expect([...slerp(Float32Array.of(1, 0), Float32Array.of(2, 0), 0.25)]).toEqual([1.25, 0]);
  });
});
