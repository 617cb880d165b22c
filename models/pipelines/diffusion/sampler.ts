/** The pack's scheduler_config.json and the request's choices, as one sampler. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { configSchemas } from '../../schedulers/config-schemas.ts';
import { readSchedulerConfig, type ReadOptions } from '../../schedulers/config.ts';
import { createScheduler } from '../../schedulers/create.ts';
import type { PredictionType } from '../../schedulers/prediction.ts';
import type { Scheduler, SchedulerClass } from '../../schedulers/types.ts';

type Choices = Pick<DiffusionParams, 'sampler' | 'sigmas' | 'spacing' | 'eta' | 'steps'>;

export interface Sampler {
  scheduler: Scheduler;
  prediction: PredictionType | 'flow';
  /** What of the choices the class cannot do, in sentences. */
  notes: string[];
}

const sigmaKeys = { karras: 'use_karras_sigmas', exponential: 'use_exponential_sigmas', beta: 'use_beta_sigmas' } as const;

function chosenClass(sampler: DiffusionParams['sampler']): Pick<ReadOptions, 'className' | 'overrides'> {
  if (sampler === 'pack') return {};
  if (sampler === 'DPMSolverSDE') return { className: 'DPMSolverMultistepScheduler', overrides: { algorithm_type: 'sde-dpmsolver++' } };
  return { className: sampler };
}

/**
 * @param configText scheduler_config.json
 * @param strength share of the steps that is run from a picture; null: all, from noise
 * @throws AppError invalid-request when no step is left, unsupported or pack-invalid for the configuration
 */
export function createSampler(configText: string, choices: Choices, strength: number | null, imageTokens: number): Sampler {
  const { className, overrides = {} } = chosenClass(choices.sampler);
  const named = className === undefined ? {} : { className };
  const own = readSchedulerConfig(configText, { ...named, overrides });
  const keys = configSchemas[own.config.className].shape;
  // What concerns single keys of the file belongs on the pack's page.
  const notes = own.warnings.filter((warning) => !warning.startsWith('"'));
  const more: Record<string, unknown> = { ...overrides };
  if (choices.sigmas !== 'pack') {
    if ('use_karras_sigmas' in keys) for (const [name, key] of Object.entries(sigmaKeys)) more[key] = name === choices.sigmas;
    else notes.push(`${own.config.className} has no ${choices.sigmas} noise levels; its own were used.`);
    if ('use_lu_lambdas' in keys) more.use_lu_lambdas = false;
  }
  if (choices.spacing !== 'pack') {
    if ('timestep_spacing' in keys) more.timestep_spacing = choices.spacing;
    else notes.push(`${own.config.className} has its own step spacing, which was used.`);
  }
  const { config } = readSchedulerConfig(configText, { ...named, overrides: more });
  const usesEta: readonly SchedulerClass[] = ['DDIMScheduler', 'TCDScheduler'];
  const scheduler = createScheduler(config, {
    steps: choices.steps,
    ...(strength === null ? {} : { strength }),
    ...(usesEta.includes(config.className) ? { eta: choices.eta } : {}),
    ...(config.className === 'FlowMatchEulerDiscreteScheduler' ? { imageSequenceLength: imageTokens } : {}),
  });
  if (config.className === 'HeunDiscreteScheduler') checkSlopes(scheduler);
  const type = config.className === 'FlowMatchEulerDiscreteScheduler' ? 'flow_prediction' : config.prediction_type;
  return { scheduler, prediction: type === 'flow_prediction' ? 'flow' : type, notes };
}

/** Between two levels further apart than this, Heun's mean of the slopes at both ends overshoots: the picture is burnt. */
const largestSigmaRatio = 100;
/** Ordinary schedules begin at fifteen; with few steps they may fall as steeply, but what overshoots is small. */
const hugeSigma = 200;

/** Schedules that begin at pure noise (zero terminal SNR) start at sigmas in the thousands and are down at ten a step later. */
function checkSlopes(scheduler: Scheduler): void {
  if (scheduler.timesteps.length < 2) return;
  const [first, second] = [levelAt(scheduler, 0).sigma, levelAt(scheduler, 1).sigma];
  if (first < hugeSigma || first <= second * largestSigmaRatio) return;
  throw new AppError('unsupported', 'Heun’s steps fall apart on this pack’s noise levels, which begin at pure noise.', {
    action: 'Choose another sampler, or the noise levels of Karras.',
  });
}

/** Scales of the clean sample and of the noise in what a call is given: x = alpha * clean + sigma * noise. */
export function levelAt(scheduler: Scheduler, index: number): { alpha: number; sigma: number } {
  const zero = new Float32Array(1);
  const one = Float32Array.of(1);
  return { alpha: scheduler.addNoise(one, zero, index)[0] ?? 1, sigma: scheduler.addNoise(zero, one, index)[0] ?? 0 };
}
