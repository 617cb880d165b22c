/** Names of samplers and of the spacing of their noise levels, between Kiln (diffusers) and other programs. */
import type { DiffusionParams, Sampler } from '../pipelines/diffusion.ts';

export type SamplerChoice = Pick<DiffusionParams, 'sampler' | 'sigmas' | 'spacing'> & {
  /** Kiln has no such sampler: this one comes closest. */
  exact: boolean;
};

interface Known {
  sampler: Sampler;
  exact?: false;
  /** What "Automatic" means for it in A1111's interface. */
  automatic?: 'karras' | 'exponential';
  /** Works on whole training steps, as DDIM does, instead of on noise levels. */
  timesteps?: true;
}

/** Keys: lower case, letters and digits only ("DPM++ 2M" is dpmpp2m everywhere). */
const known: Record<string, Known> = {
  euler: { sampler: 'EulerDiscreteScheduler' },
  eulera: { sampler: 'EulerAncestralDiscreteScheduler' },
  eulerancestral: { sampler: 'EulerAncestralDiscreteScheduler' },
  heun: { sampler: 'HeunDiscreteScheduler' },
  heunpp2: { sampler: 'HeunDiscreteScheduler', exact: false },
  lms: { sampler: 'PNDMScheduler', exact: false },
  dpm2: { sampler: 'HeunDiscreteScheduler', exact: false, automatic: 'karras' },
  dpm2a: { sampler: 'EulerAncestralDiscreteScheduler', exact: false, automatic: 'karras' },
  dpm2ancestral: { sampler: 'EulerAncestralDiscreteScheduler', exact: false, automatic: 'karras' },
  kdpm2: { sampler: 'HeunDiscreteScheduler', exact: false },
  kdpm2a: { sampler: 'EulerAncestralDiscreteScheduler', exact: false },
  dpmfast: { sampler: 'DPMSolverMultistepScheduler', exact: false },
  dpmadaptive: { sampler: 'DPMSolverMultistepScheduler', exact: false },
  dpmpp2sa: { sampler: 'EulerAncestralDiscreteScheduler', exact: false, automatic: 'karras' },
  dpmpp2s: { sampler: 'DPMSolverMultistepScheduler', exact: false },
  dpmpp2sancestral: { sampler: 'EulerAncestralDiscreteScheduler', exact: false },
  dpmpp2m: { sampler: 'DPMSolverMultistepScheduler', automatic: 'karras' },
  dpmpp2mcfgpp: { sampler: 'DPMSolverMultistepScheduler', exact: false },
  dpmppsde: { sampler: 'DPMSolverSDE', exact: false, automatic: 'karras' },
  dpmpp2msde: { sampler: 'DPMSolverSDE', automatic: 'exponential' },
  dpmpp2msdeheun: { sampler: 'DPMSolverSDE', exact: false, automatic: 'exponential' },
  dpmpp3m: { sampler: 'DPMSolverMultistepScheduler', exact: false },
  dpmpp3msde: { sampler: 'DPMSolverSDE', exact: false, automatic: 'exponential' },
  ddim: { sampler: 'DDIMScheduler', timesteps: true },
  ddimcfg: { sampler: 'DDIMScheduler', exact: false, timesteps: true },
  ddpm: { sampler: 'DDPMScheduler', timesteps: true },
  plms: { sampler: 'PNDMScheduler', timesteps: true },
  pndm: { sampler: 'PNDMScheduler', timesteps: true },
  ipndm: { sampler: 'PNDMScheduler', exact: false, timesteps: true },
  deis: { sampler: 'DPMSolverMultistepScheduler', exact: false },
  restart: { sampler: 'HeunDiscreteScheduler', exact: false, automatic: 'karras' },
  unipc: { sampler: 'UniPCMultistepScheduler', timesteps: true },
  unipcbh2: { sampler: 'UniPCMultistepScheduler', timesteps: true },
  lcm: { sampler: 'LCMScheduler' },
  tcd: { sampler: 'TCDScheduler' },
  flowmatcheuler: { sampler: 'FlowMatchEulerDiscreteScheduler' },
};

function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('++', 'pp')
    .replace(/[^a-z0-9]/g, '')
    .replace(/^sample|^k(?=euler|lms|heun|dpm2|dpmpp)/, '')
    .replace(/gpu$/, '');
}

const spaced = { spacing: 'pack', sigmas: 'pack' } as const;

/**
 * From "DPM++ 2M Karras" or "Euler a" (A1111, Forge, SD.Next, Draw Things), "dpmpp_2m_sde_gpu" (ComfyUI, Fooocus) or
 * "dpmpp_2m_k" (InvokeAI).
 * @param schedule "Schedule type" or ComfyUI's `scheduler`, when it is a field of its own
 */
export function readSampler(name: string, schedule = ''): SamplerChoice {
  let key = keyOf(name.slice(0, 100));
  let kind = keyOf(schedule.slice(0, 100));
  for (const ending of ['karras', 'exponential', 'trailing', 'sgmuniform'] as const) {
    if (!key.endsWith(ending) || key === ending) continue;
    key = key.slice(0, -ending.length);
    kind = ending === 'trailing' ? 'sgmuniform' : ending;
  }
  if (kind === '' && /_k$/.test(name)) {
    key = key.replace(/k$/, '');
    kind = 'karras';
  }
  const found = Object.hasOwn(known, key) ? known[key] : undefined;
  if (found === undefined) return { sampler: 'pack', ...spaced, exact: false };
  const { sampler, exact = true, automatic, timesteps } = found;
  const choice = { sampler, ...spaced, exact };
  switch (kind === 'automatic' ? (automatic ?? '') : kind) {
    case 'karras':
      return { ...choice, sigmas: 'karras' };
    case 'exponential':
    case 'polyexponential':
      return { ...choice, sigmas: 'exponential', exact: exact && kind !== 'polyexponential' };
    case 'beta':
      return { ...choice, sigmas: 'beta' };
    case 'sgmuniform':
    case 'simple':
      return { ...choice, spacing: 'trailing' };
    case 'ddimuniform':
    case 'ddim':
      return { ...choice, spacing: 'leading' };
    case '':
    case 'normal':
    case 'uniform':
      // k-diffusion spreads its levels evenly over all training steps; the samplers before it count them from below.
      if (sampler === 'LCMScheduler' || sampler === 'TCDScheduler') return choice;
      return { ...choice, spacing: timesteps === true ? 'leading' : 'linspace' };
    default:
      return { ...choice, exact: false };
  }
}

/** What to tell of a sampler that is not exactly there; '' when it is. */
export function samplerNote(name: string, { exact, sampler }: SamplerChoice): string {
  if (exact || name === '') return '';
  return sampler === 'pack'
    ? `Kiln does not know the sampler "${name.slice(0, 60)}": the model's own is chosen.`
    : `Kiln does not have the sampler "${name.slice(0, 60)}" exactly: the closest is chosen.`;
}

const a1111Names: Partial<Record<string, string>> = {
  DDIMScheduler: 'DDIM',
  DDPMScheduler: 'DDPM',
  PNDMScheduler: 'PLMS',
  EulerDiscreteScheduler: 'Euler',
  EulerAncestralDiscreteScheduler: 'Euler a',
  HeunDiscreteScheduler: 'Heun',
  DPMSolverMultistepScheduler: 'DPM++ 2M',
  DPMSolverSDE: 'DPM++ 2M SDE',
  UniPCMultistepScheduler: 'UniPC',
  LCMScheduler: 'LCM',
  TCDScheduler: 'TCD',
  FlowMatchEulerDiscreteScheduler: 'Euler',
};
const invokeNames: Partial<Record<string, string>> = {
  DDIMScheduler: 'ddim',
  DDPMScheduler: 'ddpm',
  PNDMScheduler: 'pndm',
  EulerDiscreteScheduler: 'euler',
  EulerAncestralDiscreteScheduler: 'euler_a',
  HeunDiscreteScheduler: 'heun',
  DPMSolverMultistepScheduler: 'dpmpp_2m',
  DPMSolverSDE: 'dpmpp_2m_sde',
  UniPCMultistepScheduler: 'unipc',
  LCMScheduler: 'lcm',
  TCDScheduler: 'tcd',
};

/** @returns A1111's "Sampler" and "Schedule type"; the sampler undefined when it has no name there */
export function a1111Sampler(sampler: string, { sigmas, spacing }: Pick<DiffusionParams, 'sigmas' | 'spacing'>) {
  const byLevels = { karras: 'Karras', exponential: 'Exponential', beta: 'Beta', pack: undefined }[sigmas];
  const bySpacing =
    spacing === 'trailing' ? 'SGM Uniform' : spacing === 'linspace' ? 'Uniform' : spacing === 'leading' ? 'DDIM' : undefined;
  return { sampler: a1111Names[sampler], schedule: byLevels ?? bySpacing };
}

/** @returns InvokeAI's `scheduler`; undefined when it has none */
export function invokeScheduler(sampler: string, { sigmas }: Pick<DiffusionParams, 'sigmas'>): string | undefined {
  const name = invokeNames[sampler];
  const hasKarras = ['heun', 'euler', 'dpmpp_2m', 'dpmpp_2m_sde', 'unipc'].includes(name ?? '');
  return name !== undefined && sigmas === 'karras' && hasKarras ? `${name}_k` : name;
}
