/** Task to pipeline. A new task is one folder and one row. */
import type { GenerationKind } from '../shared/domain/generation.ts';
import type { Pipeline } from './pipeline.ts';
import { audio } from './pipelines/audio/audio.ts';
import { diffusion } from './pipelines/diffusion/diffusion.ts';
import { inpaint } from './pipelines/inpaint/inpaint.ts';
import { palette } from './pipelines/palette/palette.ts';
import { score } from './pipelines/score/score.ts';
import { sound } from './pipelines/sound/sound.ts';
import { stylize } from './pipelines/stylize/stylize.ts';
import { texture } from './pipelines/texture/texture.ts';
import { upscale } from './pipelines/upscale/upscale.ts';

export const pipelines: { [Kind in GenerationKind]: Pipeline<Kind> } = {
  inpaint,
  upscale,
  stylize,
  palette,
  texture,
  diffusion,
  score,
  sound,
  audio,
};
