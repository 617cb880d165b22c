/**
 * Restyling at any size. The picture (or the masked part of it) is painted at a size of the user's choosing by whichever
 * kind of graph the pack holds, enlarged along its own edges, and laid over the input: pixels beyond the mask and all alpha
 * come out bit for bit as they went in.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { StylizeByStatisticsConvention } from '../../../shared/domain/pack-manifest.ts';
import type { Pipeline, PixelImage } from '../../pipeline.ts';
import { cropPlanes, mirrorAround } from '../../core/crop-planes.ts';
import { cropColours, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import { addDetail, compose } from './compose.ts';
import { paintFixed } from './paint-fixed.ts';
import { paint } from './paint.ts';
import { planStylize, sharesOf } from './plan.ts';
import { transferPalette } from './transfer-palette.ts';

/** Pixels. */
const frame = 16;

export const stylize: Pipeline<'stylize'> = async (inputs, { params, seed }, context) => {
  const { convention } = context;
  const { image, mask } = requireInputs(inputs);
  const plan = planStylize(image, mask, params);
  const styles = convention.kind === 'statistics' ? sharesOf([inputs['style'], inputs['style2'], inputs['style3']], params) : [];
  const picture = await context.time('prepare', () => resize(cropColours(image, plan.crop), plan.painted));
  const painted =
    params.strength === 0
      ? picture
      : convention.kind === 'statistics'
        ? await paintFramed(convention)
        : fadeTowards(picture, (await paintFixed(picture, convention, context)).data, params.strength);
  context.signal.throwIfAborted();
  context.progress('Finishing', 0, 1, 0.96);
  if (styles.length > 0 && !params.preserveColours) {
    const amount = params.palette * params.strength;
    await context.time('palette', () => {
      transferPalette(painted, { picture, styles, amount, seed });
    });
  }
  return context.time('compose', () => {
    if (params.strength > 0) addDetail(painted, picture, params.detail);
    return compose(image, mask, plan, picture, painted, params);
  });

  /** The graphs see nothing beyond the picture, which leaves marks along its border: it is cut off. */
  async function paintFramed(statistics: StylizeByStatisticsConvention): Promise<Planes> {
    const { width, height } = picture;
    const framed = mirrorAround(picture, frame);
    const job = { picture: framed, image, scale: plan.scale, styles, params, seed };
    return cropPlanes(await paint(job, context, statistics), { x: frame, y: frame, width, height });
  }
};

/** A graph of one style has no strength of its own: the result is mixed with the picture. */
function fadeTowards(picture: ReturnType<typeof cropColours>, painted: Float32Array, strength: number): typeof picture {
  return { ...picture, data: painted.map((value, index) => strength * value + (1 - strength) * (picture.data[index] ?? 0)) };
}

function requireInputs({ image, mask }: Readonly<Record<string, PixelImage>>): { image: PixelImage; mask: PixelImage | null } {
  if (image === undefined) throw new AppError('invalid-request', 'Restyling needs a picture.');
  if (mask !== undefined && (mask.width !== image.width || mask.height !== image.height)) {
    throw new AppError(
      'invalid-request',
      `The mask (${String(mask.width)}×${String(mask.height)}) does not fit the image (${String(image.width)}×${String(image.height)}).`,
      { action: 'Use a mask of the same size as the image.' },
    );
  }
  return { image, mask: mask ?? null };
}
