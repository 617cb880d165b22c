import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import type { Preset } from '../tools/preset.ts';

const own = { sampler: 'pack', sigmas: 'pack', spacing: 'pack' };
const mostSteps = 150;

/** Relative to what the model is made for: models of few steps have other drafts than those of many. */
export function builtInPresets(convention: DiffusionConvention | null): readonly Preset[] {
  const { steps, guidanceScale } = convention?.defaults ?? { steps: 20, guidanceScale: 7.5 };
  const guided = guidanceScale > 1 && convention?.timestepCondDim == null;
  return [
    { name: 'As suggested', params: { ...own, steps, guidanceScale } },
    ...(steps > 2 ? [{ name: 'Draft, half the steps', params: { ...own, steps: Math.ceil(steps / 2), guidanceScale } }] : []),
    { name: 'Fine, twice the steps', params: { ...own, steps: Math.min(mostSteps, steps * 2), guidanceScale } },
    ...(guided
      ? [
          { name: 'Close to the prompt', params: { ...own, steps, guidanceScale: guidanceScale * 1.5 } },
          { name: 'Free with the prompt', params: { ...own, steps, guidanceScale: Math.max(1.5, guidanceScale * 0.5) } },
        ]
      : []),
    ...(steps >= 12
      ? [
          {
            name: 'DPM-Solver++ with Karras',
            params: { sampler: 'DPMSolverMultistepScheduler', sigmas: 'karras', spacing: 'pack', steps, guidanceScale },
          },
        ]
      : []),
  ];
}
