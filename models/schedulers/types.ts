/** What a sampler is to a pipeline: timesteps to call the model at, and the arithmetic between two calls. */

/** Scheduler classes of diffusers that Kiln implements, under diffusers' own names. */
export const schedulerClasses = [
  'DDIMScheduler',
  'DDPMScheduler',
  'PNDMScheduler',
  'EulerDiscreteScheduler',
  'EulerAncestralDiscreteScheduler',
  'HeunDiscreteScheduler',
  'DPMSolverMultistepScheduler',
  'UniPCMultistepScheduler',
  'LCMScheduler',
  'TCDScheduler',
  'FlowMatchEulerDiscreteScheduler',
] as const;
export type SchedulerClass = (typeof schedulerClasses)[number];

/** Draws standard normal numbers; each call is one tensor. {@link PhiloxNoise} and {@link TorchCpuNoise} are such sources. */
export interface NoiseSource {
  normal(length: number): Float32Array;
}

export interface StepResult {
  /** The sample at the next, less noisy timestep (diffusers' `prev_sample`). */
  previous: Float32Array;
  /** The clean sample the model implies (`pred_original_sample`, LCM's `denoised`): previews, and LCM's final image. */
  denoised: Float32Array;
}

/** A point in a run to come back to: the next call's index and what the solver remembers of earlier calls. */
export interface SchedulerSnapshot {
  readonly nextIndex: number;
  readonly memory: unknown;
}

/**
 * One sampling run. Indices count the model calls of this run from 0, after any slicing by strength; a step counter is used
 * instead of looking a timestep up, because timesteps repeat in some schedules. Arrays are flat NCHW batches.
 */
export interface Scheduler {
  readonly className: SchedulerClass;
  /** 2 for Heun, whose schedule lists each timestep but the first twice; else 1. */
  readonly order: 1 | 2;
  /** What to feed the model at each call, in order. float32 values may be fractional; truncate them for an integer input. */
  readonly timesteps: readonly number[];
  readonly timestepType: 'int64' | 'float32';
  /** Standard deviation that pure-noise latents start with: multiply N(0, 1) by it. */
  readonly initNoiseSigma: number;
  /** Where this run starts in the whole schedule: above 0 after slicing by strength or denoising start. */
  readonly beginIndex: number;
  /** Whether {@link step} draws noise at some call; deterministic samplers accept null. */
  readonly drawsNoise: boolean;
  /** The model's input for a sample. May return the same array. Inpainting masks and masked latents must not go through it. */
  scaleModelInput(sample: Float32Array, index: number): Float32Array;
  /**
   * @param modelOutput what the model predicts at `timesteps[index]`, after guidance
   * @param sample the unscaled sample
   * Calls must come in order; index 0 starts anew.
   */
  step(modelOutput: Float32Array, index: number, sample: Float32Array, noise: NoiseSource | null): StepResult;
  /** Clean sample to the noise level of a call; with index = timesteps.length, the clean sample itself. */
  addNoise(sample: Float32Array, noise: Float32Array, index: number): Float32Array;
  snapshot(): SchedulerSnapshot;
  restore(snapshot: SchedulerSnapshot): void;
}

export interface SchedulerOptions {
  /** Number of steps, 1 to num_train_timesteps. Exactly one of steps, timesteps and sigmas. */
  steps?: number;
  /** Custom descending timesteps: DDPM, Euler, Heun, DPM-Solver, LCM, TCD, FlowMatchEuler. */
  timesteps?: readonly number[];
  /** Custom noise levels: Euler (final 0 included) and FlowMatchEuler (final 0 appended). */
  sigmas?: readonly number[];
  /** Image-to-image: share of the steps to run, above 0 to 1. */
  strength?: number;
  /** What strength does in LCM and TCD: shorten the grid (LCM's own pipeline, the default for LCM) or drop the first steps. */
  strengthPlacement?: 'slice' | 'grid';
  /** SDXL refiner: starts at this share of the noise schedule (0 = all of it). Strength is then ignored. */
  denoisingStart?: number;
  /** SDXL base: stops at this share of the noise schedule. */
  denoisingEnd?: number;
  /** Items in each array given to the run; dynamic thresholding works per item. Default 1. */
  batch?: number;
  /** DDIM's eta (default 0), TCD's gamma (default 0.3). 0 to 1. */
  eta?: number;
  /** DDIM: compute the direction from the clipped clean sample. */
  useClippedModelOutput?: boolean;
  /** Euler's stochasticity (Karras et al. 2022, algorithm 2). Off by default. */
  churn?: { amount: number; sigmaMin?: number; sigmaMax?: number; noiseScale?: number };
  /** LCM, TCD: overrides original_inference_steps; TCD then samples from all timesteps. */
  originalInferenceSteps?: number;
  /** FlowMatchEuler with dynamic shifting: mu itself, or the number of image tokens to compute it from. */
  mu?: number;
  imageSequenceLength?: number;
}
