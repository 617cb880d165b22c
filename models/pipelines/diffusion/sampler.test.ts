import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSampler } from './sampler.ts';

const zeroSnr = JSON.stringify({
  _class_name: 'DDIMScheduler',
  beta_schedule: 'squaredcos_cap_v2',
  prediction_type: 'v_prediction',
  rescale_betas_zero_snr: true,
  timestep_spacing: 'trailing',
});
const sd15 = readFileSync(new URL('../../testing/diffusion-packs/packs/sd15/scheduler/scheduler_config.json', import.meta.url), 'utf8');
const choices = { sampler: 'HeunDiscreteScheduler', sigmas: 'pack', spacing: 'pack', eta: 0, steps: 12 } as const;

describe('Heun', () => {
  it('is refused where its slopes would overshoot, and only there', () => {
    expect(() => createSampler(zeroSnr, choices, null, 64)).toThrow(/fall apart/);
    expect(() => createSampler(zeroSnr, { ...choices, sigmas: 'karras' }, null, 64)).not.toThrow();
    expect(() => createSampler(zeroSnr, { ...choices, sampler: 'EulerDiscreteScheduler' }, null, 64)).not.toThrow();
    for (const steps of [1, 2, 4, 30]) expect(() => createSampler(sd15, { ...choices, steps }, null, 64)).not.toThrow();
  });

  it('goes over pictures, where the first levels are left out', () => {
    expect(() => createSampler(zeroSnr, choices, 0.6, 64)).not.toThrow();
  });
});
