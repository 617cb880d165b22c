/** From many candidate palettes to a few that are likely and not alike. */
import { paletteDistance } from './palette-space.ts';

export interface Candidate {
  row: Float32Array;
  logLikelihood: number;
}

/** Palettes closer than this look like one another: OKLab units. */
const sameLook = 0.035;

/**
 * The unlikeliest fifth is left out; then, starting from the likeliest, the candidate farthest from all chosen ones is
 * taken each time. Taking the likeliest alone would give the same muted palette over and over.
 * @returns at most `count`, likeliest first
 */
export function chooseVaried(candidates: readonly Candidate[], count: number): Candidate[] {
  const ranked = candidates.toSorted((a, b) => b.logLikelihood - a.logLikelihood);
  const kept = ranked.slice(0, Math.max(count, Math.ceil(ranked.length * 0.8)));
  const [best] = kept;
  if (best === undefined) return [];
  const chosen = [best];
  const distances = kept.map((candidate) => paletteDistance(candidate.row, best.row));
  while (chosen.length < count) {
    let farthest = -1;
    distances.forEach((distance, index) => {
      if (distance > (distances[farthest] ?? 0)) farthest = index;
    });
    const next = kept[farthest];
    // What is left repeats what was chosen; fewer palettes are better than doubles, except when nothing else exists.
    if (next === undefined || ((distances[farthest] ?? 0) < sameLook && chosen.length > 1)) break;
    chosen.push(next);
    kept.forEach((candidate, index) => {
      distances[index] = Math.min(distances[index] ?? 0, paletteDistance(candidate.row, next.row));
    });
  }
  return chosen.toSorted((a, b) => b.logLikelihood - a.logLikelihood);
}
