/** From pointer samples to dabs: pressure and minimum spacing. */
import type { BrushSettings } from '../canvas-api.ts';
import type { Dab } from './stamp.ts';

export interface PointerSample {
  x: number;
  y: number;
  /** 0..1; mice report 0.5 and are taken as full. */
  pressure: number;
  pen: boolean;
}

/** A large brush needs no sample closer than this part of its diameter: the edge between is invisible. */
const spacingOfSize = 0.02;

export function dabOf(sample: PointerSample, brush: BrushSettings): Dab {
  const pressure = sample.pen ? Math.min(1, Math.max(0, sample.pressure)) : 1;
  const radius = (brush.sizePx / 2) * (brush.pressureAffectsSize ? Math.max(0.05, pressure) : 1);
  return { x: sample.x, y: sample.y, radius, flow: brush.pressureAffectsOpacity ? pressure : 1 };
}

/** Samples worth drawing after `last`; the newest is kept whenever `final`. */
export function dabsFor(samples: readonly PointerSample[], last: Dab | null, brush: BrushSettings, final: boolean): Dab[] {
  const dabs: Dab[] = [];
  let previous = last;
  const least = Math.max(0.25, brush.sizePx * spacingOfSize);
  samples.forEach((sample, index) => {
    const dab = dabOf(sample, brush);
    const far = previous === null || Math.hypot(dab.x - previous.x, dab.y - previous.y) >= least;
    if (!far && !(final && index === samples.length - 1)) return;
    dabs.push(dab);
    previous = dab;
  });
  return dabs;
}
