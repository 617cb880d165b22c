import { describe, expect, it } from 'vitest';
import { AppError } from '../../shared/contract/errors.ts';
import { readSchedulerConfig, resolveSchedulerConfig } from './config.ts';
import { parsePythonJson } from '../../shared/json/python-json.ts';
import type { SchedulerClass } from './types.ts';

/** stable-diffusion-v1-5's scheduler_config.json. */
const stableDiffusion = `{
  "_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
  "beta_start": 0.00085, "num_train_timesteps": 1000, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1,
  "trained_betas": null, "clip_sample": false
}`;

const defaults = (className: SchedulerClass): Record<string, unknown> => ({ ...resolveSchedulerConfig({ _class_name: className }).config });

describe('JSON as Python writes it', () => {
  it('reads bare infinities and NaN, wherever they stand', () => {
    const parsed = parsePythonJson('\uFEFF{"a": -Infinity, "b": [Infinity, NaN, 1], "c": "NaN and -Infinity", "d": "\\"NaN"}');
    expect(parsed).toEqual({ a: -Infinity, b: [Infinity, NaN, 1], c: 'NaN and -Infinity', d: '"NaN' });
  });

  it('still refuses what is not JSON', () => {
    expect(() => parsePythonJson('{"a": Infinity,}')).toThrow(SyntaxError);
    expect(() => parsePythonJson('{"a": minusInfinity}')).toThrow(SyntaxError);
  });
});

describe('scheduler_config.json', () => {
  it('reads a pack of Stable Diffusion', () => {
    const { config, packClassName, warnings } = readSchedulerConfig(stableDiffusion);
    expect(packClassName).toBe('PNDMScheduler');
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      className: 'PNDMScheduler',
      beta_start: 0.00085,
      skip_prk_steps: true,
      set_alpha_to_one: false,
      steps_offset: 1,
      prediction_type: 'epsilon',
      timestep_spacing: 'leading',
    });
    expect(config).not.toHaveProperty('clip_sample');
  });

  it('reads a DPM-Solver file with -Infinity', () => {
    const { config } = readSchedulerConfig(
      '{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "variance_type": null}',
    );
    expect(config).toMatchObject({ lambda_min_clipped: -Infinity, variance_type: null, solver_order: 2 });
  });

  it("fills in each class's own defaults", () => {
    const linear = { beta_start: 0.0001, beta_end: 0.02, beta_schedule: 'linear', prediction_type: 'epsilon', num_train_timesteps: 1000 };
    expect(defaults('DDIMScheduler')).toMatchObject({
      ...linear,
      clip_sample: true,
      set_alpha_to_one: true,
      timestep_spacing: 'leading',
      clip_sample_range: 1,
    });
    expect(defaults('DDPMScheduler')).toMatchObject({
      ...linear,
      clip_sample: true,
      variance_type: 'fixed_small',
      timestep_spacing: 'leading',
    });
    expect(defaults('PNDMScheduler')).toMatchObject({
      ...linear,
      skip_prk_steps: false,
      set_alpha_to_one: false,
      timestep_spacing: 'leading',
    });
    for (const name of ['EulerDiscreteScheduler', 'EulerAncestralDiscreteScheduler'] as const) {
      expect(defaults(name)).toMatchObject({ ...linear, timestep_spacing: 'linspace' });
    }
    expect(defaults('EulerDiscreteScheduler')).toMatchObject({
      interpolation_type: 'linear',
      final_sigmas_type: 'zero',
      timestep_type: 'discrete',
    });
    expect(defaults('HeunDiscreteScheduler')).toMatchObject({
      beta_start: 0.00085,
      beta_end: 0.012,
      beta_schedule: 'linear',
      timestep_spacing: 'linspace',
      clip_sample: false,
    });
    expect(defaults('DPMSolverMultistepScheduler')).toMatchObject({
      ...linear,
      solver_order: 2,
      algorithm_type: 'dpmsolver++',
      solver_type: 'midpoint',
      lower_order_final: true,
      euler_at_final: false,
      final_sigmas_type: 'zero',
      lambda_min_clipped: -Infinity,
      timestep_spacing: 'linspace',
    });
    expect(defaults('UniPCMultistepScheduler')).toMatchObject({
      ...linear,
      solver_order: 2,
      solver_type: 'bh2',
      predict_x0: true,
      lower_order_final: true,
      disable_corrector: [],
    });
    for (const name of ['LCMScheduler', 'TCDScheduler'] as const) {
      expect(defaults(name)).toMatchObject({
        beta_start: 0.00085,
        beta_end: 0.012,
        beta_schedule: 'scaled_linear',
        original_inference_steps: 50,
        timestep_scaling: 10,
        set_alpha_to_one: true,
        clip_sample: false,
      });
    }
    expect(defaults('FlowMatchEulerDiscreteScheduler')).toMatchObject({
      shift: 1,
      use_dynamic_shifting: false,
      base_shift: 0.5,
      max_shift: 1.15,
      base_image_seq_len: 256,
      max_image_seq_len: 4096,
      shift_terminal: null,
    });
  });

  it('ignores keys of other classes silently and unknown keys with a warning', () => {
    const { config, warnings } = resolveSchedulerConfig({
      _class_name: 'EulerDiscreteScheduler',
      clip_sample: true,
      skip_prk_steps: true,
      colour: 'red',
      _private: 1,
    });
    expect(config).not.toHaveProperty('clip_sample');
    expect(warnings).toEqual(['"colour" is not an option of EulerDiscreteScheduler; it is ignored.']);
  });

  it("keeps the pack's keys on a switch, except those it left to its defaults", () => {
    const pack = {
      _class_name: 'DDIMScheduler',
      beta_schedule: 'scaled_linear',
      beta_start: 0.00085,
      beta_end: 0.012,
      prediction_type: 'v_prediction',
      timestep_spacing: 'trailing',
      steps_offset: 1,
      clip_sample: false,
    };
    const { config } = resolveSchedulerConfig(pack, { className: 'HeunDiscreteScheduler' });
    expect(config).toMatchObject({
      className: 'HeunDiscreteScheduler',
      beta_schedule: 'scaled_linear',
      prediction_type: 'v_prediction',
      timestep_spacing: 'trailing',
      steps_offset: 1,
    });
    const saved = { ...pack, timestep_spacing: 'leading', _use_default_values: ['timestep_spacing'] };
    expect(resolveSchedulerConfig(saved, { className: 'EulerDiscreteScheduler' }).config.className).toBe('EulerDiscreteScheduler');
    expect(resolveSchedulerConfig(saved, { className: 'EulerDiscreteScheduler' }).config).toMatchObject({ timestep_spacing: 'linspace' });
    expect(resolveSchedulerConfig(saved, { className: 'DDPMScheduler' }).config).toMatchObject({
      timestep_spacing: 'leading',
      clip_sample: false,
    });
  });

  it('translates solver names between relatives, and takes overrides', () => {
    const unipc = { _class_name: 'UniPCMultistepScheduler', solver_type: 'bh1' };
    expect(resolveSchedulerConfig(unipc, { className: 'DPMSolverMultistepScheduler' }).config).toMatchObject({ solver_type: 'midpoint' });
    const dpm = { _class_name: 'DPMSolverMultistepScheduler', solver_type: 'heun', algorithm_type: 'deis' };
    expect(resolveSchedulerConfig(dpm).config).toMatchObject({ algorithm_type: 'dpmsolver++', solver_type: 'heun' });
    expect(resolveSchedulerConfig(dpm, { className: 'UniPCMultistepScheduler' }).config).toMatchObject({ solver_type: 'bh2' });
    expect(resolveSchedulerConfig({ _class_name: 'EulerDiscreteScheduler', prediction_type: 'original_sample' }).config).toMatchObject({
      prediction_type: 'sample',
    });
    expect(resolveSchedulerConfig(dpm, { overrides: { use_karras_sigmas: true } }).config).toMatchObject({ use_karras_sigmas: true });
    const ddpm = { _class_name: 'DDPMScheduler', variance_type: 'fixed_small' };
    expect(resolveSchedulerConfig(ddpm, { className: 'DPMSolverMultistepScheduler' }).config).toMatchObject({ variance_type: null });
  });

  it('lets a near relative stand in for a class it does not have, and says so', () => {
    const { config, warnings } = resolveSchedulerConfig({ _class_name: 'LMSDiscreteScheduler', beta_schedule: 'scaled_linear' });
    expect(config).toMatchObject({ className: 'EulerDiscreteScheduler', beta_schedule: 'scaled_linear' });
    expect(warnings.join()).toMatch(/LMSDiscreteScheduler is not available; EulerDiscreteScheduler/);
    const sde = resolveSchedulerConfig({ _class_name: 'DPMSolverSDEScheduler' }).config;
    expect(sde).toMatchObject({ className: 'DPMSolverMultistepScheduler', algorithm_type: 'sde-dpmsolver++' });
    expect(resolveSchedulerConfig({ _class_name: 'DDIMParallelScheduler' }).warnings).toEqual([]);
  });

  it('reads null as Python reads None', () => {
    const { config, warnings } = resolveSchedulerConfig({
      _class_name: 'EulerDiscreteScheduler',
      use_karras_sigmas: null,
      sigma_min: null,
      steps_offset: null,
    });
    expect(config).toMatchObject({ use_karras_sigmas: false, sigma_min: null, steps_offset: 0 });
    expect(warnings).toEqual(['"steps_offset" is null; the default of EulerDiscreteScheduler is used.']);
  });

  it('refuses what it cannot do, with a reason and a way out', () => {
    const refusal = (raw: Record<string, unknown>, className?: SchedulerClass): AppError => {
      try {
        resolveSchedulerConfig(raw, className === undefined ? {} : { className });
      } catch (error) {
        if (error instanceof AppError) return error;
      }
      throw new Error('was accepted');
    };
    expect(refusal({ _class_name: 'ScoreSdeVeScheduler' })).toMatchObject({ code: 'unsupported', action: 'Choose a sampler yourself.' });
    expect(refusal({})).toMatchObject({ code: 'unsupported' });
    expect(refusal({ _class_name: 'DDIMScheduler', beta_start: 'low' })).toMatchObject({ code: 'pack-invalid' });
    expect(refusal({ _class_name: 'DDIMScheduler', beta_schedule: 'sigmoid' }).message).toContain('beta_schedule');
    expect(refusal({ _class_name: 'EulerDiscreteScheduler', use_karras_sigmas: true, use_beta_sigmas: true }).message).toContain(
      'use_karras_sigmas, use_beta_sigmas',
    );
    expect(refusal({ _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver', final_sigmas_type: 'zero' })).toMatchObject({
      code: 'unsupported',
    });
    expect(refusal({ _class_name: 'EulerAncestralDiscreteScheduler', prediction_type: 'sample' })).toMatchObject({ code: 'unsupported' });
    expect(refusal({ _class_name: 'FlowMatchEulerDiscreteScheduler' }, 'EulerDiscreteScheduler')).toMatchObject({ code: 'unsupported' });
    expect(refusal({ _class_name: 'EulerDiscreteScheduler' }, 'FlowMatchEulerDiscreteScheduler')).toMatchObject({ code: 'unsupported' });
    expect(() => readSchedulerConfig('not json')).toThrow(AppError);
    expect(() => readSchedulerConfig('[1]')).toThrow(/object/);
  });

  it('ends packs older than final_sigmas_type where they ended', () => {
    const { config, warnings } = resolveSchedulerConfig({ _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver' });
    expect(config).toMatchObject({ final_sigmas_type: 'sigma_min' });
    expect(warnings).toHaveLength(1);
  });
});
