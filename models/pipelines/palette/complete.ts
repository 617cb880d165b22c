/**
 * Completing a palette: samples of the colours that are free, given those that are locked.
 *
 * The conditional density is, up to a constant, the flow's density with the locked colours held fixed, and the scorer gives
 * that exactly. So: plain samples whose nearest colours are replaced by the locked ones are drawn again by their
 * likelihood (importance resampling), and then move by differential evolution Markov chain Monte Carlo (ter Braak,
 * Statistics and Computing 16, 2006), which needs no gradient and, because one half of the chains moves along
 * differences of the other half, keeps the conditional as its stationary distribution. Only free coordinates move, so
 * locked colours come back to the bit.
 */
import { isInGamut } from '../../../shared/colour/gamut.ts';
import { decodePalettes, scorePalettes } from '../../components/palette-flow.ts';
import { seededGaussian } from '../../core/seeded-gaussian.ts';
import { seededRandom } from '../../core/seeded-random.ts';
import type { ModelSession } from '../../runtime.ts';
import { colourAt, stack } from './palette-space.ts';

const startSamples = 1024;
const chains = 96;
const rounds = 90;
/** Every so many rounds a whole difference is added, which carries a chain from one mode to another. */
const jumpEvery = 8;

export interface CompletionOptions {
  sampler: ModelSession;
  scorer: ModelSession;
  /** OKLab for locked places, null for free ones; its length is the flow's palette size. At least one of each. */
  locked: readonly (readonly [number, number, number] | null)[];
  /** Above 0: the target is the density to the power 1/temperature². */
  temperature: number;
  seed: number;
  /** Called between rounds, 0..1: may throw to cancel. */
  progress: (fraction: number) => void;
}

/** Rows from the conditional distribution, `chains` of them. Free colours lie inside sRGB. */
export async function completePalettes(options: CompletionOptions): Promise<Float32Array[]> {
  const { sampler, scorer, locked, temperature, seed, progress } = options;
  const size = locked.length;
  const dims = size * 3;
  const gaussian = seededGaussian(seed ^ 0x51ed270b);
  const random = seededRandom(seed ^ 0x2545f491);
  const latents = Float32Array.from({ length: startSamples * dims }, () => gaussian() * Math.max(temperature, 0.6));
  const drawn = await decodePalettes(sampler, dims, latents);
  const starts = Array.from({ length: startSamples }, (_, index) =>
    withLocked(drawn.slice(index * dims, (index + 1) * dims), locked),
  ).filter((row) => freeInGamut(row, locked));
  const pool = starts.length > 0 ? starts : [withLocked(new Float32Array(dims).fill(0.5), locked)];
  const poolScores = (await scorePalettes(scorer, dims, stack(pool))).logLikelihoods;
  const inverse = 1 / temperature ** 2;
  const chosen = resample(poolScores, inverse, chains, random);
  const rows = chosen.map((index) => Float32Array.from(pool[index] ?? []));
  const scores = chosen.map((index) => poolScores[index] ?? -Infinity);

  const moving = locked.flatMap((colour, index) => (colour === null ? [index * 3, index * 3 + 1, index * 3 + 2] : []));
  const usual = 2.38 / Math.sqrt(2 * moving.length);
  for (let round = 0; round < rounds; round += 1) {
    progress(round / rounds);
    for (const half of [0, 1]) {
      const movers = rows.map((_, index) => index).filter((index) => index % 2 === half);
      const step = round % jumpEvery === jumpEvery - 1 ? 1 : usual * (0.4 + 0.6 * random());
      const proposals = movers.map((index) => {
        const [first, second] = twoOf(chains / 2, random).map((other) => rows[other * 2 + 1 - half]);
        const proposal = Float32Array.from(rows[index] ?? []);
        for (const at of moving)
          proposal[at] = (proposal[at] ?? 0) + step * ((first?.[at] ?? 0) - (second?.[at] ?? 0)) + 0.004 * gaussian();
        return proposal;
      });
      const { logLikelihoods } = await scorePalettes(scorer, dims, stack(proposals));
      for (const [number, index] of movers.entries()) {
        const proposal = proposals[number];
        const score = logLikelihoods[number] ?? -Infinity;
        // Drawn even when not needed: the sequence of random numbers must not depend on the last bit of a score.
        const threshold = Math.log(1 - random());
        if (proposal === undefined || !freeInGamut(proposal, locked) || (score - (scores[index] ?? 0)) * inverse < threshold) continue;
        rows[index] = proposal;
        scores[index] = score;
      }
    }
  }
  return rows;
}

/** Swaps colours so that those nearest to the locked ones stand in their places, then puts the locked ones there. */
function withLocked(row: Float32Array, locked: CompletionOptions['locked']): Float32Array {
  const free = new Set(locked.keys());
  const order: (number | undefined)[] = [];
  locked.forEach((colour, place) => {
    if (colour === null) return;
    let nearest = Infinity;
    for (const from of free) {
      const [L, a, b] = colourAt(row, from);
      const distance = (L - colour[0]) ** 2 + (a - colour[1]) ** 2 + (b - colour[2]) ** 2;
      if (distance >= nearest) continue;
      nearest = distance;
      order[place] = from;
    }
    if (order[place] !== undefined) free.delete(order[place]);
  });
  const rest = [...free];
  const result = new Float32Array(row.length);
  locked.forEach((colour, place) => {
    result.set(colour ?? colourAt(row, rest.shift() ?? place), place * 3);
  });
  return result;
}

function freeInGamut(row: Float32Array, locked: CompletionOptions['locked']): boolean {
  return locked.every((colour, index) => colour !== null || isInGamut(colourAt(row, index)));
}

/** Indices drawn with chances by likelihood, systematically: each appears as often as it should, to within one. */
function resample(scores: Float32Array, inverseTemperature: number, count: number, random: () => number): number[] {
  const largest = Math.max(...scores);
  // Flattened, so that the chains start from many places: the Markov chain corrects the weights.
  const weights = Array.from(scores, (score) => Math.exp(((score - largest) * inverseTemperature) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const found: number[] = [];
  let next = random();
  let sum = 0;
  weights.forEach((weight, index) => {
    sum += (weight / total) * count;
    while (next < sum && found.length < count) {
      found.push(index);
      next += 1;
    }
  });
  while (found.length < count) found.push(weights.length - 1);
  return found;
}

/** Two different numbers below `count`. */
function twoOf(count: number, random: () => number): [number, number] {
  const first = Math.floor(random() * count);
  const second = Math.floor(random() * (count - 1));
  return [first, second >= first ? second + 1 : second];
}
