/** Decides what will run, before any graph is opened: the mode and the sizes. Pure arithmetic. */
import type { Rect, Size } from '../../../shared/domain/geometry.ts';
import { largestDiffusionSidePx, type DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import type { PixelImage } from '../../pipeline.ts';
import { wholeSource, type Frame } from './frame.ts';
import { planRepaint, type RepaintPlan } from './plan-repaint.ts';
import { repaintLevels } from './repaint-mask.ts';
import { roundedSize, sizeWords, widened, type SizeRules } from './sizes.ts';

export interface DiffusionPlan {
  /** text: from noise alone; image: from a picture; repaint: part of a picture. */
  mode: 'text' | 'image' | 'repaint';
  frame: Frame;
  /** The second pass of the high-resolution fix; its content is the result's size. */
  highRes: Frame | null;
  repaint: RepaintPlan | null;
  /** Sentences for the user: what differs from what was asked. */
  notes: string[];
}

/** Without a size asked for, pictures beyond these shares of the native area are scaled towards it. */
const largestAreaShare = 4;
const leastAreaShare = 1 / 8;

/** @throws AppError mask-empty, invalid-request (mask of another size) */
export function planDiffusion(inputs: Readonly<Record<string, PixelImage>>, params: DiffusionParams, rules: SizeRules): DiffusionPlan {
  const { image, mask } = inputs;
  const notes: string[] = [];
  if (image === undefined) return withHighRes(planText(params, rules, notes), params, rules);
  const levels = repaintLevels(image, mask);
  if (levels === null) return withHighRes(planImage(image, params, rules, notes), params, rules);
  if (params.highResScale > 1) notes.push('The high-resolution fix does not go with a mask; it was left out.');
  const repaint = planRepaint(image, levels, params, rules);
  const { crop, model } = repaint;
  if (crop.width > 1.4 * model.width && crop.height > 1.4 * model.height) {
    notes.push(`The masked area (${sizeWords(crop)} with its surroundings) was worked on at ${sizeWords(model)} and enlarged.`);
  }
  const source = { x: crop.x / image.width, y: crop.y / image.height, width: crop.width / image.width, height: crop.height / image.height };
  return { mode: 'repaint', frame: { source, content: model, model }, highRes: null, repaint, notes };
}

function planText(params: DiffusionParams, rules: SizeRules, notes: string[]): DiffusionPlan {
  const wanted = { width: params.width || rules.native.width, height: params.height || rules.native.height };
  const model = rules.fixed ?? roundedSize(wanted, rules.multiple);
  noteSize(wanted, model, rules, notes);
  return { mode: 'text', frame: { source: wholeSource, content: model, model }, highRes: null, repaint: null, notes };
}

function planImage(image: PixelImage, params: DiffusionParams, rules: SizeRules, notes: string[]): DiffusionPlan {
  const plan = (frame: Frame): DiffusionPlan => ({ mode: 'image', frame, highRes: null, repaint: null, notes });
  if (params.width === 0 && params.height === 0) {
    const content = rules.fixed === null ? workableSize(image, rules) : containedSize(image, rules.fixed);
    if (content.width !== image.width || content.height !== image.height) {
      notes.push(
        `The picture (${sizeWords(image)}) was worked on at ${sizeWords(content)}, which suits this model; give a width and height for another size.`,
      );
    }
    return plan({ source: wholeSource, content, model: rules.fixed ?? widened(content, rules.multiple) });
  }
  const aspect = image.width / image.height;
  const wanted = {
    width: params.width || Math.max(1, Math.round(params.height * aspect)),
    height: params.height || Math.max(1, Math.round(params.width / aspect)),
  };
  const content = rules.fixed ?? withinLargest(wanted, rules.multiple);
  noteSize(wanted, content, rules, notes);
  return plan({ source: coveringSource(image, content), content, model: widened(content, rules.multiple) });
}

function withHighRes(plan: DiffusionPlan, { highResScale }: DiffusionParams, rules: SizeRules): DiffusionPlan {
  if (highResScale <= 1) return plan;
  if (rules.fixed !== null) {
    plan.notes.push('This pack makes pictures of one size only; the high-resolution fix was left out.');
    return plan;
  }
  const { content, model } = plan.frame;
  const most = largestDiffusionSidePx / Math.max(content.width, content.height);
  const scale = Math.min(highResScale, most);
  const wanted = { width: Math.round(content.width * scale), height: Math.round(content.height * scale) };
  // What had to be widened is widened again; what fits stays without a margin.
  const fits = content.width === model.width && content.height === model.height;
  const larger = fits ? roundedSize(wanted, rules.multiple) : widened(wanted, rules.multiple);
  return { ...plan, highRes: { source: wholeSource, content: fits ? larger : wanted, model: larger } };
}

/** A picture's own size where the model can cope with it, else one of its proportions. */
function workableSize({ width, height }: Size, { native, multiple }: SizeRules): Size {
  const nativeArea = native.width * native.height;
  const share = (width * height) / nativeArea;
  let scale = 1;
  if (share > largestAreaShare) scale = Math.sqrt(largestAreaShare / share);
  else if (share < leastAreaShare) scale = Math.sqrt(1 / share);
  return withinLargest({ width: width * scale, height: height * scale }, multiple);
}

/** Any size up to the largest, in its proportions: what is no multiple is widened for the model and cut again. */
function withinLargest({ width, height }: Size, multiple: number): Size {
  const scale = Math.min(1, (largestDiffusionSidePx - multiple) / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function containedSize({ width, height }: Size, fixed: Size): Size {
  const scale = Math.min(fixed.width / width, fixed.height / height);
  return {
    width: Math.min(fixed.width, Math.max(1, Math.round(width * scale))),
    height: Math.min(fixed.height, Math.max(1, Math.round(height * scale))),
  };
}

/** The middle of a picture with the proportions of a size. */
function coveringSource({ width, height }: Size, target: Size): Frame['source'] {
  const scale = Math.max(target.width / width, target.height / height);
  const share = { width: Math.min(1, target.width / scale / width), height: Math.min(1, target.height / scale / height) };
  return { x: (1 - share.width) / 2, y: (1 - share.height) / 2, ...share };
}

function noteSize(wanted: Size, model: Size, rules: SizeRules, notes: string[]): void {
  if (wanted.width === model.width && wanted.height === model.height) return;
  const why =
    rules.fixed === null
      ? `sides are multiples of ${String(rules.multiple)}, up to ${String(largestDiffusionSidePx)}`
      : 'this pack has one size only';
  notes.push(`${sizeWords(wanted)} became ${sizeWords(model)}: ${why}.`);
}

/** The result's place: a new picture starts at its own corner. */
export function resultBounds({ frame, highRes }: DiffusionPlan): Rect {
  return { x: 0, y: 0, ...(highRes ?? frame).content };
}
