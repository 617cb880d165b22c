/** A diffusion's parameters for people: what had no say in it is left out, add-ons go by their names. */
import type { DiffusionRequest } from '../../shared/domain/generation.ts';
import type { PackId } from '../../shared/domain/ids.ts';
import type { DiffusionParams } from '../../shared/pipelines/diffusion.ts';

export const diffusionLabels: Readonly<Record<string, string>> = {
  freeU: 'FreeU',
  loras: 'LoRAs',
  blendPrompt: 'Blended with',
  blendAmount: 'Blend',
};

const maskNames = new Set(['maskMode', 'maskGrow', 'feather', 'contextPadding', 'maskFill']);
const percent = (share: number): string => `${String(Math.round(share * 100))} %`;

/** By name, in the order of the parameters; lists and objects as one line of words. */
export function diffusionFacts({ inputs, params }: DiffusionRequest, packName: (id: PackId) => string): [string, string | number][] {
  return Object.entries(params).flatMap(([key, value]): [string, string | number][] => {
    const name = key as keyof DiffusionParams;
    if (isSilent(name, params, inputs)) return [];
    if (typeof value === 'string' || typeof value === 'number') return [[name, value]];
    const text = listed(name, params, packName);
    return text === '' ? [] : [[name, text]];
  });
}

function isSilent(name: keyof DiffusionParams, params: DiffusionParams, inputs: DiffusionRequest['inputs']): boolean {
  if (maskNames.has(name)) return inputs.mask === undefined;
  switch (name) {
    case 'prompt':
    case 'negativePrompt':
      return params[name] === '';
    case 'width':
    case 'height':
      return params[name] === 0;
    case 'strength':
      return inputs.image === undefined;
    case 'variationSeed':
    case 'variationStrength':
      return params.variationStrength === 0;
    case 'blendPrompt':
    case 'blendAmount':
      return params.blendAmount === 0;
    case 'highResScale':
    case 'highResStrength':
      return params.highResScale === 1;
    case 'highResSteps':
      return params.highResScale === 1 || params.highResSteps === 0;
    case 'guidanceRescale':
    case 'eta':
    case 'clipSkip':
      return params[name] === 0;
    case 'dynamicThreshold':
      return params.dynamicThreshold === 1;
    default:
      return false;
  }
}

function listed(name: keyof DiffusionParams, params: DiffusionParams, packName: (id: PackId) => string): string {
  switch (name) {
    case 'loras':
      return params.loras.map(({ packId, weight }) => `${packName(packId)} × ${String(weight)}`).join(', ');
    case 'embeddings':
      return params.embeddings.map(packName).join(', ');
    case 'controls':
      return params.controls
        .map(({ weight, start, end, preprocess }) => {
          const used = preprocess === 'none' ? '' : `, ${preprocess}`;
          return `× ${String(weight)} from ${percent(start)} to ${percent(end)}${used}`;
        })
        .join('; ');
    case 'regions':
      return params.regions.map(({ prompt, weight }) => `"${prompt}" × ${String(weight)}`).join(', ');
    case 'freeU': {
      const { freeU } = params;
      return freeU === null ? '' : `b ${String(freeU.b1)}, ${String(freeU.b2)}; s ${String(freeU.s1)}, ${String(freeU.s2)}`;
    }
    default:
      return '';
  }
}
