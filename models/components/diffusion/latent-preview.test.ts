import { describe, expect, it } from 'vitest';
import { latentPreview } from './latent-preview.ts';

const vae = { scalingFactor: 1, shiftFactor: 0, latentsMean: null, latentsStd: null, latentChannels: 4, scale: 8 };
const latents = (values: number[]) => ({ data: Float32Array.from(values), channels: 4, height: 1, width: 2 });

describe('the latent preview', () => {
  it('is the published linear map of the architecture', () => {
    // The first pixel is (1, 0, 0, 0), the second all zeros.
    const picture = latentPreview(latents([1, 0, 0, 0, 0, 0, 0, 0]), { architecture: 'sd', latentRgb: null, vae });
    expect(picture).toMatchObject({ width: 2, height: 1, channels: 3 });
    expect([...(picture?.data ?? [])]).toEqual([0.3512, 0.2297, 0.3227, 0, 0, 0].map((level) => Math.round((level / 2 + 0.5) * 255)));
    const xl = latentPreview(latents([0, 0, 1, 0, 0, 0, 0, 0]), { architecture: 'sdxl', latentRgb: null, vae });
    expect([...(xl?.data ?? [])].slice(0, 3)).toEqual(
      [-0.2533 + 0.1084, -0.0042 - 0.0175, 0.1068 - 0.0011].map((level) => Math.round((level / 2 + 0.5) * 255)),
    );
  });

  it('is the pack’s own map where it has one, clamped', () => {
    const latentRgb = {
      factors: [
        [9, -9, 0],
        [0, 0, 1],
        [0, 0, 0],
        [0, 0, 0],
      ] as [number, number, number][],
      bias: [0, 0, -1] as [number, number, number],
    };
    const picture = latentPreview(latents([1, 1, 1, 2, 0, 0, 0, 0]), { architecture: 'sd', latentRgb, vae });
    expect([...(picture?.data ?? [])]).toEqual([255, 0, 128, 255, 0, 255]);
  });

  it('is none where nothing is known', () => {
    expect(latentPreview(latents([0]), { architecture: 'sd', latentRgb: null, vae: { ...vae, latentChannels: 16 } })).toBeNull();
  });
});
