/** Which graphs of the pack run, with what weight, and how often, to reach the size that was asked for. */
import type { Size } from '../../../shared/domain/geometry.ts';
import type { UpscaleConvention } from '../../../shared/domain/pack-manifest.ts';
import type { UpscaleParams } from '../../../shared/pipelines/upscale.ts';

export interface GraphUse {
  /** A file of the pack; undefined: its main model. */
  file: string | undefined;
  factor: number;
  /** Share of the result. */
  weight: number;
}

export interface Pass {
  target: Size;
  /** Weights and `plain` add up to 1. */
  graphs: GraphUse[];
  /** The graph transparency goes through: a faithful one, since invented detail would fray its edges. */
  alpha: Omit<GraphUse, 'weight'>;
  /** Share of plain interpolation. */
  plain: number;
}

/** Share of plain interpolation at sharpness 0, in packs without a sharpened graph. */
const mostPlain = 0.75;
/** Weights below this change nothing that a byte can show. */
const leastWeight = 0.002;

export interface PassPlan {
  passes: Pass[];
  /** What the parameters ask for that the pack does not have. */
  notes: string[];
}

export function planPasses(source: Size, convention: UpscaleConvention, params: UpscaleParams): PassPlan {
  const { factor, sharpness } = params;
  const { sharp, clean } = convention.variants;
  const faithful = faithfulGraphs(convention);
  const notes: string[] = [];
  const denoise = clean === undefined ? 0 : params.denoise;
  if (params.denoise > 0 && clean === undefined) notes.push('This pack cannot clean up pictures; that setting was left out.');

  const sharpWeight = sharp === undefined ? 0 : (1 - denoise) * sharpness;
  const plain = sharp === undefined ? (1 - denoise) * mostPlain * Math.max(0, 1 - 2 * sharpness) : 0;
  const own = fitting(faithful, factor);
  const first: GraphUse[] = [
    { ...own, weight: 1 - denoise - sharpWeight - plain },
    { file: sharp, factor: convention.factor, weight: sharpWeight },
    { file: clean, factor: convention.factor, weight: denoise },
  ].filter(({ weight }) => weight > leastWeight);
  // With graphs of different factors the largest sets the pace; the others are resampled.
  let reached = Math.max(...first.map((graph) => graph.factor));
  const target = scaled(source, factor);
  const passes: Pass[] = [{ target: reached >= factor ? target : scaled(source, reached), graphs: first, alpha: own, plain }];
  while (reached < factor - 1e-9) {
    const next = fitting(faithful, factor / reached);
    if (next.factor === 1) {
      const last = passes.at(-1);
      if (last !== undefined) last.target = target;
      notes.push('The model does not enlarge; the size was reached by plain interpolation.');
      break;
    }
    reached *= next.factor;
    passes.push({ target: reached >= factor ? target : scaled(source, reached), graphs: [{ ...next, weight: 1 }], alpha: next, plain: 0 });
  }
  return { passes, notes };
}

const scaled = ({ width, height }: Size, by: number): Size => ({
  width: Math.max(1, Math.round(width * by)),
  height: Math.max(1, Math.round(height * by)),
});

type Faithful = Omit<GraphUse, 'weight'>;

function faithfulGraphs(convention: UpscaleConvention): Faithful[] {
  const others = Object.entries(convention.variants).flatMap(([name, file]) => {
    const match = /^x(\d{1,2})$/.exec(name);
    return match === null ? [] : [{ file, factor: Number(match[1]) }];
  });
  return [{ file: undefined, factor: convention.factor }, ...others].toSorted((a, b) => a.factor - b.factor);
}

/** The smallest graph that reaches the factor, or else the largest there is. */
function fitting(graphs: readonly Faithful[], factor: number): Faithful {
  return graphs.find((graph) => graph.factor >= factor - 1e-9) ?? graphs.at(-1) ?? { file: undefined, factor: 1 };
}
