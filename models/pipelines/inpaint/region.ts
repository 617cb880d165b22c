/** Fills one part of the mask: model, colour match, detail. All in the crop's own coordinates. */
import type { Rect } from '../../../shared/domain/geometry.ts';
import type { InpaintParams } from '../../../shared/pipelines/inpaint.ts';
import { runInpainter } from '../../components/inpainter.ts';
import { averageKnown, coloursOf, diffuseInto, holesOf, rowsOf } from '../../core/known-average.ts';
import { applySymmetry, newPlanes, undoSymmetry, type Planes } from '../../core/planes.ts';
import { resize } from '../../core/resize.ts';
import type { PipelineContext, PixelImage } from '../../pipeline.ts';
import type { ModelSession } from '../../runtime.ts';
import { matchColours } from './colour-match.ts';
import { masksFor } from './masks.ts';
import { continueOutside } from './outside.ts';
import type { RegionPlan } from './plan.ts';
import { refineFill, type RefinedFill } from './refine/refine.ts';

export interface RegionWork {
  image: PixelImage;
  mask: PixelImage;
  plan: RegionPlan;
  params: InpaintParams;
  seed: number;
  session: ModelSession;
}

export interface FilledRegion {
  /** RGB 0..1 at the plan's working size. */
  fill: RefinedFill;
  /** The picture it was made from, of the same size; unknown pixels hold diffused colour. */
  picture: Planes;
  /** Over the crop: 1 = not known. */
  hole: Uint8Array;
  /** Over the plan's `changed`: 0..255. */
  blend: Uint8Array;
}

interface RegionHooks {
  /** Changed areas of the parts that are filled later. */
  pending: readonly Rect[];
  /** share 0..1 of this part. */
  progress(phase: string, share: number): void;
}

export async function fillRegion(work: RegionWork, context: PipelineContext<'inpaint'>, hooks: RegionHooks): Promise<FilledRegion> {
  const { image, mask, plan, params, seed, session } = work;
  const { changed, crop, working, modelInput, symmetry } = plan;
  context.signal.throwIfAborted();
  hooks.progress('Inpainting', 0.02);
  const { hole, blend, sampled, workingHole, small, smallHole } = await context.time('prepare', () => {
    const masks = masksFor(image, mask, changed, crop, params, hooks.pending);
    const average = averageKnown(coloursOf(image, crop), masks.hole, working);
    const unknown = holesOf(average.known);
    // Averages of averages, so that nothing of a hole pixel comes in on the way down either.
    const reduced = averageKnown(rowsOf(average.picture), unknown, modelInput);
    return { ...masks, sampled: average, workingHole: unknown, small: reduced, smallHole: asPlane(holesOf(reduced.known), modelInput) };
  });
  const prefilled = await context.time('prepare', () => diffuseInto(small.picture, small.known));
  const turned = await context.time('run', () =>
    runInpainter(session, context.convention, applySymmetry(prefilled, symmetry), applySymmetry(smallHole, symmetry)),
  );
  context.signal.throwIfAborted();
  hooks.progress('Adding detail', 0.4);
  const coarse = await context.time('blend', () => {
    const fill = undoSymmetry(turned, symmetry);
    continueOutside(fill, small.picture, small.known);
    if (params.colourMatch && params.feather > 0) {
      const seam = averageKnown(coloursOf(image, crop), beyondSeam(blend, hole, plan), modelInput);
      matchColours(fill, seam.picture, seam.known);
    }
    return resize(fill, working);
  });
  const picture = await context.time('detail', () => diffuseInto(sampled.picture, sampled.known));
  const fill = await context.time('detail', () =>
    refineFill({
      picture,
      fill: coarse,
      hole: workingHole,
      wanted: wantedOf(blend, plan),
      detail: params.detail,
      enlargement: Math.max(1, working.width / modelInput.width),
      seed,
      async pause(share) {
        hooks.progress('Adding detail', 0.4 + 0.55 * share);
        await context.breathe?.();
        context.signal.throwIfAborted();
      },
    }),
  );
  return { fill, picture, hole, blend };
}

function asPlane(mask: Uint8Array, size: { width: number; height: number }): Planes {
  const plane = newPlanes(size, 1);
  plane.data.set(mask);
  return plane;
}

/** Over the crop: 0 where fill and picture are compared, the outer half of the feather; 1 elsewhere. */
function beyondSeam(blend: Uint8Array, hole: Uint8Array, { changed, crop }: RegionPlan): Uint8Array {
  const outside = new Uint8Array(hole.length).fill(1);
  for (let y = 0; y < changed.height; y += 1) {
    for (let x = 0; x < changed.width; x += 1) {
      const alpha = blend[y * changed.width + x] ?? 0;
      if (alpha > 0 && alpha < 128) outside[(changed.y - crop.y + y) * crop.width + (changed.x - crop.x + x)] = 0;
    }
  }
  return outside;
}

/** Over the working size: 1 where any of the fill will be used. */
function wantedOf(blend: Uint8Array, { changed, crop, working }: RegionPlan): Uint8Array {
  const wanted = new Uint8Array(working.width * working.height);
  for (let y = 0; y < changed.height; y += 1) {
    const row = Math.min(working.height - 1, Math.floor(((changed.y - crop.y + y) * working.height) / crop.height));
    for (let x = 0; x < changed.width; x += 1) {
      if (blend[y * changed.width + x] === 0) continue;
      wanted[row * working.width + Math.min(working.width - 1, Math.floor(((changed.x - crop.x + x) * working.width) / crop.width))] = 1;
    }
  }
  return wanted;
}
