/** Every pipeline's public face: adding one is a parameter file, a request kind, a row here and a row in models/registry.ts. */
import type { PipelineTask } from '../domain/pack-manifest.ts';
import type { ParameterInfo } from './parameter-info.ts';
import { audioParameterInfos } from './audio.ts';
import { diffusionParameters } from './diffusion-parameters.ts';
import { inpaintParamsSchema } from './inpaint.ts';
import { paletteParameterInfos } from './palette.ts';
import { scoreParameterInfos } from './score.ts';
import { soundParameterInfos } from './sound.ts';
import { textureParameterInfos } from './texture.ts';
import { stylizeParameters } from './stylize.ts';
import { upscaleParameters } from './upscale.ts';

export interface PipelineInfo {
  kind: PipelineTask;
  label: string;
  parameters: readonly ParameterInfo[];
}

const inpaintDefaults = inpaintParamsSchema.parse({});

export const pipelineInfos = {
  inpaint: {
    kind: 'inpaint',
    label: 'Inpaint',
    parameters: [
      {
        kind: 'number',
        name: 'contextPadding',
        label: 'Context padding',
        help: 'How much of the surroundings the model sees, relative to the masked area.',
        min: 0,
        max: 4,
        step: 0.1,
        unit: '×',
        default: inpaintDefaults.contextPadding,
      },
      {
        kind: 'number',
        name: 'maskGrow',
        label: 'Mask grow',
        help: 'Widens the mask so that rims and shadows of what you remove go too.',
        min: 0,
        max: 128,
        step: 1,
        unit: 'px',
        default: inpaintDefaults.maskGrow,
      },
      {
        kind: 'number',
        name: 'feather',
        label: 'Feather',
        help: 'Width of the soft edge between the fill and the picture.',
        min: 0,
        max: 256,
        step: 1,
        unit: 'px',
        default: inpaintDefaults.feather,
      },
      {
        kind: 'boolean',
        name: 'colourMatch',
        label: 'Colour match',
        help: 'Makes the fill meet its surroundings in colour and brightness at the seam.',
        default: inpaintDefaults.colourMatch,
      },
      {
        kind: 'number',
        name: 'detail',
        label: 'Detail',
        help: 'How much texture the fill takes from its surroundings. 0 is smooth.',
        min: 0,
        max: 1,
        step: 0.05,
        unit: '',
        default: inpaintDefaults.detail,
      },
    ],
  },
  upscale: { kind: 'upscale', label: 'Upscale', parameters: upscaleParameters },
  stylize: { kind: 'stylize', label: 'Restyle', parameters: stylizeParameters },
  palette: { kind: 'palette', label: 'Palette', parameters: paletteParameterInfos },
  diffusion: { kind: 'diffusion', label: 'Generate', parameters: diffusionParameters },
  score: { kind: 'score', label: 'Score', parameters: scoreParameterInfos },
  sound: { kind: 'sound', label: 'Sound effect', parameters: soundParameterInfos },
  audio: { kind: 'audio', label: 'Audio', parameters: audioParameterInfos },
  texture: { kind: 'texture', label: 'Texture', parameters: textureParameterInfos },
} as const satisfies Record<PipelineTask, PipelineInfo>;
