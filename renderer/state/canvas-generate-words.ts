/** What a press of Generate would do on this canvas, in words. */
import type { CanvasView } from '../canvas/canvas-api.ts';
import type { DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import { containsRect, type Size } from '../../shared/domain/geometry.ts';
import { workingSize } from './canvas-generate-request.ts';

type Seen = Pick<CanvasView, 'canvas' | 'maskBounds' | 'outpaintFrame' | 'layers'>;

const sizeWords = ({ width, height }: Size): string => `${String(width)} × ${String(height)}`;
/** From here on enlarging shows. */
const notableEnlarging = 1.5;

function frameReachesOut({ canvas, outpaintFrame }: Seen): boolean {
  return canvas !== null && outpaintFrame !== null && !containsRect({ x: 0, y: 0, ...canvas }, outpaintFrame);
}

/** Nothing is chosen and nothing is painted: only words can say what comes. */
export function isBlankPlace(view: Seen): boolean {
  return view.maskBounds === null && !frameReachesOut(view) && view.layers.every(({ bounds }) => bounds.width === 0 || bounds.height === 0);
}

export function placeWords(view: Seen, convention: DiffusionConvention | null): string {
  const { canvas, maskBounds } = view;
  if (canvas === null || convention === null) return '';
  if (maskBounds !== null) return `Fills the mask (${sizeWords(maskBounds)} px), as far as the strength says.`;
  if (frameReachesOut(view)) return 'Fills what the frame adds.';
  const size = workingSize(canvas, convention);
  const factor = Math.max(canvas.width / size.width, canvas.height / size.height);
  const enlarged =
    factor < notableEnlarging
      ? ''
      : ` Made at ${sizeWords(size)} and enlarged ${String(Number(factor.toFixed(factor < 10 ? 1 : 0)))}-fold.`;
  return `Nothing is masked: the whole canvas (${sizeWords(canvas)} px).${enlarged}`;
}
