/**
 * The keyword arguments of each scheduler class of diffusers with that class's own defaults, under diffusers' own names.
 * The defaults differ between classes, so a key missing in scheduler_config.json means different things (DDIM clips, Euler
 * spaces by linspace, Heun's betas are Stable Diffusion's range but linear).
 */
import { z } from 'zod';
import type { SchedulerClass } from './types.ts';

const predictionType = z.enum(['epsilon', 'v_prediction', 'sample']).default('epsilon');
const flowPredictionType = z.enum(['epsilon', 'v_prediction', 'sample', 'flow_prediction']).default('epsilon');
const spacing = z.enum(['leading', 'linspace', 'trailing']);
const flag = (value: boolean): z.ZodDefault<z.ZodBoolean> => z.boolean().default(value);
const finite = (value: number): z.ZodDefault<z.ZodNumber> => z.number().default(value);
const integer = (value: number): z.ZodDefault<z.ZodNumber> => z.int().default(value);
const finalSigmas = z.enum(['zero', 'sigma_min']).default('zero');

/** Betas of Ho et al. 2020, which most classes default to. */
const training = {
  num_train_timesteps: z.int().min(1).max(100_000).default(1000),
  beta_start: finite(0.0001),
  beta_end: finite(0.02),
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).default('linear'),
  trained_betas: z.array(z.number()).nullable().default(null),
  prediction_type: predictionType,
  steps_offset: integer(0),
};
/** Betas of Stable Diffusion. */
const latentTraining = {
  ...training,
  beta_start: finite(0.00085),
  beta_end: finite(0.012),
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).default('scaled_linear'),
};
const thresholding = { thresholding: flag(false), dynamic_thresholding_ratio: finite(0.995), sample_max_value: finite(1) };
const clipping = (clips: boolean): { clip_sample: z.ZodDefault<z.ZodBoolean>; clip_sample_range: z.ZodDefault<z.ZodNumber> } => ({
  clip_sample: flag(clips),
  clip_sample_range: finite(1),
});
const sigmaSchedules = { use_karras_sigmas: flag(false), use_exponential_sigmas: flag(false), use_beta_sigmas: flag(false) };
const zeroSnr = { rescale_betas_zero_snr: flag(false) };
const flowSigmas = { use_flow_sigmas: flag(false), flow_shift: finite(1) };
const consistency = {
  ...latentTraining,
  ...thresholding,
  ...clipping(false),
  ...zeroSnr,
  original_inference_steps: z.int().min(1).default(50),
  set_alpha_to_one: flag(true),
  timestep_spacing: spacing.default('leading'),
  timestep_scaling: finite(10),
};

export const configSchemas = {
  DDIMScheduler: z.object({
    ...training,
    ...thresholding,
    ...clipping(true),
    ...zeroSnr,
    set_alpha_to_one: flag(true),
    timestep_spacing: spacing.default('leading'),
  }),
  DDPMScheduler: z.object({
    ...training,
    ...thresholding,
    ...clipping(true),
    ...zeroSnr,
    variance_type: z
      .enum(['fixed_small', 'fixed_small_log', 'fixed_large', 'fixed_large_log', 'learned', 'learned_range'])
      .default('fixed_small'),
    timestep_spacing: spacing.default('leading'),
  }),
  PNDMScheduler: z.object({
    ...training,
    skip_prk_steps: flag(false),
    set_alpha_to_one: flag(false),
    timestep_spacing: spacing.default('leading'),
  }),
  EulerDiscreteScheduler: z.object({
    ...training,
    ...sigmaSchedules,
    ...zeroSnr,
    interpolation_type: z.enum(['linear', 'log_linear']).default('linear'),
    sigma_min: z.number().nullable().default(null),
    sigma_max: z.number().nullable().default(null),
    timestep_spacing: spacing.default('linspace'),
    timestep_type: z.enum(['discrete', 'continuous']).default('discrete'),
    final_sigmas_type: finalSigmas,
  }),
  EulerAncestralDiscreteScheduler: z.object({ ...training, ...zeroSnr, timestep_spacing: spacing.default('linspace') }),
  HeunDiscreteScheduler: z.object({
    ...latentTraining,
    ...sigmaSchedules,
    ...clipping(false),
    beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2', 'exp']).default('linear'),
    timestep_spacing: spacing.default('linspace'),
  }),
  DPMSolverMultistepScheduler: z.object({
    ...training,
    ...thresholding,
    ...sigmaSchedules,
    ...zeroSnr,
    ...flowSigmas,
    prediction_type: flowPredictionType,
    solver_order: z.int().min(1).max(3).default(2),
    algorithm_type: z.enum(['dpmsolver++', 'sde-dpmsolver++', 'dpmsolver', 'sde-dpmsolver']).default('dpmsolver++'),
    solver_type: z.enum(['midpoint', 'heun']).default('midpoint'),
    lower_order_final: flag(true),
    euler_at_final: flag(false),
    use_lu_lambdas: flag(false),
    final_sigmas_type: finalSigmas,
    lambda_min_clipped: z.union([z.number(), z.literal(-Infinity)]).default(-Infinity),
    variance_type: z.enum(['learned', 'learned_range']).nullable().default(null),
    timestep_spacing: spacing.default('linspace'),
  }),
  UniPCMultistepScheduler: z.object({
    ...training,
    ...thresholding,
    ...sigmaSchedules,
    ...zeroSnr,
    ...flowSigmas,
    prediction_type: flowPredictionType,
    solver_order: z.int().min(1).max(6).default(2),
    predict_x0: flag(true),
    solver_type: z.enum(['bh1', 'bh2']).default('bh2'),
    lower_order_final: flag(true),
    disable_corrector: z.array(z.int()).default([]),
    final_sigmas_type: finalSigmas,
    timestep_spacing: spacing.default('linspace'),
  }),
  LCMScheduler: z.object(consistency),
  TCDScheduler: z.object(consistency),
  FlowMatchEulerDiscreteScheduler: z.object({
    ...sigmaSchedules,
    num_train_timesteps: training.num_train_timesteps,
    shift: finite(1),
    use_dynamic_shifting: flag(false),
    base_shift: finite(0.5),
    max_shift: finite(1.15),
    base_image_seq_len: integer(256),
    max_image_seq_len: integer(4096),
    invert_sigmas: flag(false),
    shift_terminal: z.number().nullable().default(null),
    time_shift_type: z.enum(['exponential', 'linear']).default('exponential'),
    stochastic_sampling: flag(false),
  }),
} as const satisfies Record<SchedulerClass, z.ZodObject>;

type ConfigByClass = { [Name in SchedulerClass]: z.infer<(typeof configSchemas)[Name]> & { readonly className: Name } };
/** A class's name with the value of every keyword argument it has. */
export type ConfigOf<Name extends SchedulerClass> = ConfigByClass[Name];
export type SchedulerConfig = ConfigByClass[SchedulerClass];
