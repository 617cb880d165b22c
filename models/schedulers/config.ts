/**
 * scheduler_config.json to a complete configuration, by the rules of diffusers' `ConfigMixin.from_config`: a key the class does
 * not know is ignored, a missing one takes the class's default, and so does one named in `_use_default_values`. Switching the
 * sampler keeps every key that the new class has too (betas, prediction type, spacing, offset ...).
 */
import { z } from 'zod';
import { AppError } from '../../shared/contract/errors.ts';
import { configSchemas, type SchedulerConfig } from './config-schemas.ts';
import { parsePythonJson } from '../../shared/json/python-json.ts';
import { schedulerClasses, type SchedulerClass } from './types.ts';

export interface ReadOptions {
  /** The sampler the user chose instead of the pack's. */
  className?: SchedulerClass;
  /** Keyword arguments given on top, under diffusers' names (`use_karras_sigmas: true`). */
  overrides?: Readonly<Record<string, unknown>>;
}

export interface ReadConfig {
  config: SchedulerConfig;
  /** The class the file names, before any switch or stand-in. */
  packClassName: string | null;
  /** Plain sentences for the pack's page and the log. */
  warnings: string[];
}

/** Names that mean a class we have, and relatives we stand in for, with what the stand-in needs. */
const relatives = new Map<string, { className: SchedulerClass; exact: boolean; keys?: Record<string, unknown> }>([
  ['DDIMParallelScheduler', { className: 'DDIMScheduler', exact: true }],
  ['DDPMParallelScheduler', { className: 'DDPMScheduler', exact: true }],
  ['LMSDiscreteScheduler', { className: 'EulerDiscreteScheduler', exact: false }],
  ['KDPM2DiscreteScheduler', { className: 'HeunDiscreteScheduler', exact: false }],
  ['KDPM2AncestralDiscreteScheduler', { className: 'EulerAncestralDiscreteScheduler', exact: false }],
  ['DEISMultistepScheduler', { className: 'DPMSolverMultistepScheduler', exact: false }],
  ['DPMSolverSinglestepScheduler', { className: 'DPMSolverMultistepScheduler', exact: false }],
  ['DPMSolverSDEScheduler', { className: 'DPMSolverMultistepScheduler', exact: false, keys: { algorithm_type: 'sde-dpmsolver++' } }],
]);

const allKnownKeys = new Set(Object.values(configSchemas).flatMap((schema) => Object.keys(schema.shape)));
/** Keys of relatives and of retired versions: expected in files, without meaning here. */
const silentKeys = new Set(['predict_epsilon', 'solver_p', 'use_dynamic_shifting', 'time_shift_type', 'upscale_mode', 'scale_factors']);

/** Reads the file's text. @throws AppError pack-invalid (not JSON, wrong type of value) or unsupported (class, value) */
export function readSchedulerConfig(text: string, options: ReadOptions = {}): ReadConfig {
  let parsed: unknown;
  try {
    parsed = parsePythonJson(text);
  } catch (cause) {
    throw new AppError('pack-invalid', 'scheduler_config.json is not JSON.', { action: 'Download the pack again.', cause });
  }
  const record = z.record(z.string(), z.unknown()).safeParse(parsed);
  if (!record.success) {
    throw new AppError('pack-invalid', 'scheduler_config.json does not hold an object.', { action: 'Download the pack again.' });
  }
  return resolveSchedulerConfig(record.data, options);
}

/** The same for an object already parsed. */
export function resolveSchedulerConfig(raw: Readonly<Record<string, unknown>>, options: ReadOptions = {}): ReadConfig {
  const warnings: string[] = [];
  const packClassName = typeof raw._class_name === 'string' ? raw._class_name : null;
  const { className, keys } = chooseClass(packClassName, options.className, warnings);
  const useDefaults = z.array(z.string()).catch([]).parse(raw._use_default_values);
  const given: Record<string, unknown> = { ...keys };
  for (const [key, value] of Object.entries(raw)) {
    if (!key.startsWith('_') && !useDefaults.includes(key)) given[key] = value;
  }
  Object.assign(given, options.overrides);

  const { shape } = configSchemas[className];
  const accepted: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (key in shape) accepted[key] = value;
    else if (!allKnownKeys.has(key) && !silentKeys.has(key)) warnings.push(`"${key}" is not an option of ${className}; it is ignored.`);
  }
  adaptRelatedNames(className, accepted);
  const config = parseFor(className, withoutNulls(className, accepted, warnings));
  checkCombination(config, 'final_sigmas_type' in accepted, warnings);
  return { config, packClassName, warnings };
}

function chooseClass(
  packClass: string | null,
  chosen: SchedulerClass | undefined,
  warnings: string[],
): { className: SchedulerClass; keys: Record<string, unknown> } {
  const own = schedulerClasses.find((name) => name === packClass);
  if (chosen !== undefined) {
    const flowPack = packClass?.startsWith('FlowMatch') === true;
    if (packClass !== null && flowPack !== (chosen === 'FlowMatchEulerDiscreteScheduler')) {
      throw new AppError(
        'unsupported',
        `A pack made for ${packClass} cannot be sampled with ${chosen}: the model predicts something else.`,
        {
          action: flowPack ? 'Keep the flow-matching sampler.' : 'Choose any sampler but flow matching.',
        },
      );
    }
    return { className: chosen, keys: {} };
  }
  if (own !== undefined) return { className: own, keys: {} };
  const relative = packClass === null ? undefined : relatives.get(packClass);
  if (packClass === null || relative === undefined) {
    throw new AppError(
      'unsupported',
      `The pack's sampler, ${packClass ?? 'which its scheduler_config.json does not name'}, is not known.`,
      {
        action: 'Choose a sampler yourself.',
      },
    );
  }
  if (!relative.exact) warnings.push(`${packClass} is not available; ${relative.className}, a near relative, stands in for it.`);
  return { className: relative.className, keys: relative.keys ?? {} };
}

/** Solver names that diffusers translates when a configuration moves between DPM-Solver, DEIS and UniPC. */
function adaptRelatedNames(className: SchedulerClass, accepted: Record<string, unknown>): void {
  // k-diffusion's name for it, which Euler takes too.
  if (accepted.prediction_type === 'original_sample') accepted.prediction_type = 'sample';
  if (className === 'DPMSolverMultistepScheduler') {
    if (accepted.algorithm_type === 'deis') accepted.algorithm_type = 'dpmsolver++';
    if (['logrho', 'bh1', 'bh2'].includes(String(accepted.solver_type))) accepted.solver_type = 'midpoint';
  }
  if (className === 'UniPCMultistepScheduler' && ['midpoint', 'heun', 'logrho'].includes(String(accepted.solver_type))) {
    accepted.solver_type = 'bh2';
  }
  // DDPM's variance types are not DPM-Solver's: there only the learned ones mean something.
  if (className === 'DPMSolverMultistepScheduler' && String(accepted.variance_type).startsWith('fixed')) delete accepted.variance_type;
}

/** Python's None: a value of its own where the class allows it, false for a flag, else as if the key were missing. */
function withoutNulls(className: SchedulerClass, accepted: Readonly<Record<string, unknown>>, warnings: string[]): Record<string, unknown> {
  const shape: Readonly<Record<string, z.ZodType>> = configSchemas[className].shape;
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(accepted)) {
    const type = shape[key];
    if (value !== null || type?.safeParse(null).success === true) kept[key] = value;
    else if (type?.safeParse(false).success === true) kept[key] = false;
    else warnings.push(`"${key}" is null; the default of ${className} is used.`);
  }
  return kept;
}

function parseFor(className: SchedulerClass, accepted: Record<string, unknown>): SchedulerConfig {
  const parsed = configSchemas[className].safeParse(accepted);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = issue?.path.join('.') ?? 'a value';
    throw new AppError('pack-invalid', `scheduler_config.json: "${key}" is not valid for ${className} (${issue?.message ?? 'unknown'}).`, {
      action: 'Correct the file, or choose another sampler.',
    });
  }
  // Name and shape are chosen together just above, which the type of an indexed union cannot express.
  return { className, ...parsed.data } as SchedulerConfig;
}

function checkCombination(config: SchedulerConfig, finalSigmasGiven: boolean, warnings: string[]): void {
  const schedules = (
    ['use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas', 'use_lu_lambdas', 'use_flow_sigmas'] as const
  ).filter((key) => (config as Partial<Record<typeof key, boolean>>)[key] === true);
  if (schedules.length > 1) {
    throw new AppError('pack-invalid', `Only one of ${schedules.join(', ')} can be on.`, { action: 'Turn the others off.' });
  }
  if (config.className === 'EulerAncestralDiscreteScheduler' && config.prediction_type === 'sample') {
    throw new AppError('unsupported', 'Euler ancestral cannot sample a model that predicts the clean sample.', {
      action: 'Choose Euler or DDIM.',
    });
  }
  if (config.className === 'PNDMScheduler' && config.prediction_type === 'sample') {
    throw new AppError('unsupported', 'PNDM cannot sample a model that predicts the clean sample.', { action: 'Choose DDIM or Euler.' });
  }
  if (config.className !== 'DPMSolverMultistepScheduler') return;
  if (config.algorithm_type.endsWith('dpmsolver') && config.final_sigmas_type === 'zero') {
    if (finalSigmasGiven) {
      throw new AppError('unsupported', `${config.algorithm_type} cannot end at zero noise.`, {
        action: 'Set final_sigmas_type to sigma_min, or choose dpmsolver++.',
      });
    }
    // Packs older than the key ended there.
    config.final_sigmas_type = 'sigma_min';
    warnings.push(`${config.algorithm_type} cannot end at zero noise; it ends at sigma_min.`);
  }
  if (config.algorithm_type === 'sde-dpmsolver' && config.solver_order === 3) {
    throw new AppError('unsupported', 'sde-dpmsolver has no third-order step.', {
      action: 'Set solver_order to 2, or choose sde-dpmsolver++.',
    });
  }
}
