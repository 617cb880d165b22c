import { describe, expect, it } from 'vitest';
import { aspectSchema, onGrid, sizeOf, sizeRemark, sizeStepPx, turnedAspect } from './generate-size.ts';

const vae = { scalingFactor: 1, shiftFactor: 0, latentsMean: null, latentsStd: null, latentChannels: 4, scale: 8 };
const sd = { vae, nativeSize: { width: 512, height: 512 } };
const sdxl = { vae, nativeSize: { width: 1024, height: 1024 } };
const mini = { vae: { ...vae, scale: 4 }, nativeSize: { width: 128, height: 128 } };
const none = { width: 0, height: 0 };

describe('sizes', () => {
  it('keep to a grid that UNets can halve, and that leaves proportions to choose from', () => {
    expect([sd, sdxl, mini].map(sizeStepPx)).toEqual([64, 64, 32]);
    expect(sizeStepPx({ ...sd, nativeSize: { width: 64, height: 64 } })).toBe(16);
    expect(onGrid(5, 64)).toBe(64);
    expect(onGrid(99_999, 64)).toBe(4096);
  });

  it('are the native area in other proportions', () => {
    const of = (aspect: 'square' | 'portrait' | 'wide'): string => {
      const { width, height } = sizeOf(aspect, none, null, sd.nativeSize, 64);
      return `${String(width)}x${String(height)}`;
    };
    expect([of('square'), of('portrait'), of('wide')]).toEqual(['512x512', '448x640', '704x384']);
    const xl = sizeOf('landscape', none, null, sdxl.nativeSize, 64);
    expect(xl).toEqual({ width: 1280, height: 832 });
    for (const aspect of aspectSchema.options) {
      const { width, height } = sizeOf(aspect, { width: 300, height: 200 }, null, mini.nativeSize, 32);
      expect([width % 32, height % 32]).toEqual([0, 0]);
    }
  });

  it('follow the image: exactly where that is comfortable, else its proportions', () => {
    expect(sizeOf('image', none, { width: 640, height: 480 }, sd.nativeSize, 64)).toEqual({ width: 640, height: 512 });
    expect(sizeOf('image', none, { width: 4000, height: 3000 }, sd.nativeSize, 64)).toEqual({ width: 576, height: 448 });
    expect(sizeOf('image', none, { width: 100, height: 100 }, sd.nativeSize, 64)).toEqual({ width: 512, height: 512 });
  });

  it('turn on their side and back', () => {
    expect(turnedAspect('wide')).toBe('tall');
    expect(turnedAspect('square')).toBeNull();
    for (const aspect of aspectSchema.options) {
      const other = turnedAspect(aspect);
      if (other !== null) expect(turnedAspect(other)).toBe(aspect);
    }
  });

  it('say when the model will not cope', () => {
    expect(sizeRemark({ width: 512, height: 512 }, sd.nativeSize)).toBeNull();
    expect(sizeRemark({ width: 1024, height: 1024 }, sd.nativeSize)).toContain('repeat');
    expect(sizeRemark({ width: 256, height: 256 }, sd.nativeSize)).toContain('smaller');
  });
});
