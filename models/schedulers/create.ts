/** The one door to the samplers. */
import type { SchedulerConfig } from './config-schemas.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { DdimScheduler } from './ddim.ts';
import { DdpmScheduler } from './ddpm.ts';
import { DpmMultistepScheduler } from './dpm-multistep.ts';
import { EulerAncestralScheduler } from './euler-ancestral.ts';
import { EulerScheduler } from './euler.ts';
import { FlowMatchEulerScheduler } from './flow-match-euler.ts';
import { HeunScheduler } from './heun.ts';
import { LcmScheduler } from './lcm.ts';
import { PndmScheduler } from './pndm.ts';
import { TcdScheduler } from './tcd.ts';
import type { Scheduler, SchedulerOptions } from './types.ts';
import { UniPcScheduler } from './unipc.ts';

/**
 * A sampler for one run.
 * @throws AppError invalid-request (steps, strength, lists out of range), unsupported (the class cannot do what is asked),
 * pack-invalid (tables that do not fit)
 */
export function createScheduler(config: SchedulerConfig, options: SchedulerOptions): Scheduler {
  const batch = options.batch ?? 1;
  if (!Number.isInteger(batch) || batch < 1) throw new AppError('internal', `A batch of ${batch} items makes no sense.`);
  switch (config.className) {
    case 'DDIMScheduler':
      return new DdimScheduler(config, options);
    case 'DDPMScheduler':
      return new DdpmScheduler(config, options);
    case 'PNDMScheduler':
      return new PndmScheduler(config, options);
    case 'EulerDiscreteScheduler':
      return new EulerScheduler(config, options);
    case 'EulerAncestralDiscreteScheduler':
      return new EulerAncestralScheduler(config, options);
    case 'HeunDiscreteScheduler':
      return new HeunScheduler(config, options);
    case 'DPMSolverMultistepScheduler':
      return new DpmMultistepScheduler(config, options);
    case 'UniPCMultistepScheduler':
      return new UniPcScheduler(config, options);
    case 'LCMScheduler':
      return new LcmScheduler(config, options);
    case 'TCDScheduler':
      return new TcdScheduler(config, options);
    case 'FlowMatchEulerDiscreteScheduler':
      return new FlowMatchEulerScheduler(config, options);
  }
}
