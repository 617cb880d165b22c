/**
 * Gives a smooth fill the texture of its surroundings. A model of this size returns the mean of what could be there, which
 * is right in colour and shape but has no grain. So the fill's low frequencies stay, and high frequencies are copied from
 * the known patches that look most alike (image analogies: Hertzmann et al., 2001, by PatchMatch: Barnes et al., 2009).
 * Each pixel is copied from one place, not averaged from many, which would blur it again.
 */
import { distanceTo } from '../../../core/distance.ts';
import { gaussianBlur } from '../../../core/gaussian-blur.ts';
import { placeOf } from '../../../core/patch-match/nearest-field.ts';
import { newPlanes, type Planes } from '../../../core/planes.ts';
import { detailOf, halve, lightOf, matchCoarsest, matchFiner, openLevel, type Level } from './levels.ts';

export interface RefineInput {
  /** RGB 0..1. */
  picture: Planes;
  /** The model's answer, of the same size. */
  fill: Planes;
  /** 1 where the picture is not known, over the picture. */
  hole: Uint8Array;
  /** 1 where the fill will be used. */
  wanted: Uint8Array;
  /** 0..1: how much of the missing detail is added. */
  detail: number;
  /** How many pixels wide one pixel of the model's answer is by now, 1 or more. */
  enlargement: number;
  seed: number;
  /** Called between passes with the share done, 0..1: throws to cancel. */
  pause(share: number): Promise<void>;
}

/**
 * Finer than this (a Gaussian's sigma, in pixels of the model's input) comes from copies, coarser from the model. This and
 * the numbers below were chosen on e2e/evaluate/inpaint.ts: wider bands look a little richer and cost PSNR and SSIM.
 */
const detailSigma = 1.5;
/** The search starts at the size where the longer side of the hole is at most this. */
const coarsestSide = 96;
const finerPasses = 2;
/** Share of the detail at a hole's first pixel; twice that at its second. */
const fadePerPixel = 0.4;
/** Difference in colour (0..1) between a place and its copy, smoothed, at which detail has fallen to 60 %. */
const agreement = 0.2;
/** The same for the colour of the detail, beyond its light: coloured specks on another ground are seen at once. */
const colourAgreement = 0.08;
/** What `detail` = 1 multiplies copies by; at the default, texture is as strong as around the hole or a little weaker. */
const strength = 1.35;

export interface RefinedFill {
  /** RGB 0..1, of the input's size; known pixels are the picture's. */
  fill: Planes;
  /** The pixel (y * width + x) whose detail a pixel was given; -1 where none was. */
  sourceOf(x: number, y: number): number;
  /** By how much detail that is finer than the fill's pixels is multiplied there. */
  gainOf(x: number, y: number): number;
}

/** The fill comes back as it is when there is nothing to copy from. */
export async function refineFill(input: RefineInput): Promise<RefinedFill> {
  const { picture, fill, hole, wanted, detail, enlargement, seed } = input;
  const count = picture.width * picture.height;
  const composite = newPlanes(picture, 3);
  for (let channel = 0; channel < 3; channel += 1) {
    for (let index = 0; index < count; index += 1) {
      const at = channel * count + index;
      composite.data[at] = (hole[index] === 1 ? fill.data[at] : picture.data[at]) ?? 0;
    }
  }
  const plain: RefinedFill = { fill: composite, sourceOf: () => -1, gainOf: () => 0 };
  if (detail <= 0) return plain;
  const pyramid = [{ composite, hole, wanted }];
  for (let side = extentOf(wanted, picture.width); side > coarsestSide; side /= 2) {
    const last = pyramid.at(-1);
    if (last === undefined || Math.min(last.composite.width, last.composite.height) < 48) break;
    pyramid.push(halve(last.composite, last.hole, last.wanted));
  }
  let level: Level | null = null;
  for (let depth = pyramid.length - 1; depth >= 0; depth -= 1) {
    const at = pyramid[depth];
    if (at === undefined) continue;
    const open = openLevel(at.composite, at.hole, at.wanted, detailSigma * Math.max(1, enlargement / 2 ** depth));
    if (open === null) continue;
    const share = (pyramid.length - 1 - depth) / pyramid.length;
    const pause = (): Promise<void> => input.pause(share);
    level =
      level === null ? await matchCoarsest(open, seed * 101, pause) : await matchFiner(open, level, finerPasses, seed * 101 + depth, pause);
    if (depth === 0) {
      const { problem, field, width } = level;
      const fade = fadeOf(level);
      return {
        fill: addDetail(level, fade, detail, enlargement),
        sourceOf: (x, y) => placeOf(problem, field, x, y),
        gainOf: (x, y) => Math.min(1, detail * strength) * (fade[y * width + x] ?? 0),
      };
    }
  }
  return plain;
}

/** Longer side of the area to fill, in pixels. */
function extentOf(wanted: Uint8Array, width: number): number {
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1];
  for (let index = 0; index < wanted.length; index += 1) {
    if (wanted[index] === 0) continue;
    const x = index % width;
    const y = (index - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return right < 0 ? 0 : Math.max(right - left, bottom - top) + 1;
}

/**
 * Adds copied detail to the fill, but only as much as the fill lacks: where the model is sure (close to the hole's edge) it
 * has detail of its own, which is worth more than a copy.
 */
function addDetail(
  { composite, smooth, problem, field, targetPixels, width, height }: Level,
  fade: Float32Array,
  detail: number,
  enlargement: number,
): Planes {
  const count = width * height;
  const copied = newPlanes(composite, 3);
  const energies = newPlanes(composite, 2);
  for (const target of targetPixels) {
    const source = placeOf(problem, field, target % width, Math.floor(target / width));
    let apart = 0;
    for (let channel = 0; channel < 3; channel += 1) {
      const plane = channel * count;
      apart += ((smooth.data[plane + source] ?? 0) - (smooth.data[plane + target] ?? 0)) ** 2;
    }
    // Detail of a place that looks otherwise, such as an edge the fill does not have, would stand there as a stray mark.
    const alike = Math.exp((-apart * enlargement) / (2 * agreement ** 2));
    const colour = Math.exp(-apart / (2 * colourAgreement ** 2));
    const light = detailOf(composite, smooth, source);
    for (let channel = 0; channel < 3; channel += 1) {
      const plane = channel * count;
      const level = (composite.data[plane + source] ?? 0) - (smooth.data[plane + source] ?? 0);
      copied.data[plane + target] = alike * (light + colour * (level - light));
    }
    const own = detailOf(composite, smooth, target);
    const other = lightOf(copied.data[target] ?? 0, copied.data[count + target] ?? 0, copied.data[2 * count + target] ?? 0);
    energies.data[target] = own * own;
    energies.data[count + target] = other * other;
  }
  const local = gaussianBlur(energies, 3);
  const result = newPlanes(composite, 3);
  result.data.set(composite.data);
  for (const target of targetPixels) {
    const missing = 1 - (local.data[target] ?? 0) / ((local.data[count + target] ?? 0) + 1e-9);
    if (missing <= 0) continue;
    const gain = detail * strength * Math.sqrt(missing) * (fade[target] ?? 0);
    for (let channel = 0; channel < 3; channel += 1) {
      const at = channel * count + target;
      result.data[at] = Math.min(1, Math.max(0, (composite.data[at] ?? 0) + gain * (copied.data[at] ?? 0)));
    }
  }
  return result;
}

/** 0..1: copies start softly at the hole's edge, where they would not meet what they lie beside. */
function fadeOf({ targetPixels, width, height }: Level): Float32Array {
  const outside = new Uint8Array(width * height).fill(1);
  for (const target of targetPixels) outside[target] = 0;
  return distanceTo(outside, { width, height }).map((depth) => Math.min(1, depth * fadePerPixel));
}
