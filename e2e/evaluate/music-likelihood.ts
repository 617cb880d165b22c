/** Likelihoods of held-out chorales under the shipped graphs, through the components that write with them. */
import { eventNetwork } from '../../models/components/score/event-network.ts';
import { maskedModel, maskedTokens } from '../../models/components/score/masked-model.ts';
import { seededRandom } from '../../models/core/seeded-random.ts';
import { densityCondition, keyCondition } from '../../models/pipelines/score/autoregressive/conditions.ts';
import { conditionsOf } from '../../models/pipelines/score/voices/hearing.ts';
import { hiddenToken } from '../../models/pipelines/score/voices/tokens.ts';
import { ensembleOf } from '../../models/pipelines/score/latent/ensemble.ts';
import { keyOfTonality, tonalityOf } from '../../shared/music/harmony.ts';
import type { ScoreVocabulary } from '../../shared/domain/music-convention.ts';
import type { OpenPack } from '../../models/testing/run-pack.ts';
import { scoreOfChorale, type Chorale } from './music-data.ts';

const voices = 4;
const lowest = 33;
const place = 0;
const key = 1;
const density = 2;
const barsLeft = 3;
/** Steps heard at most, and by how many the window moves: as models/training/score/task_chorale.py scores. */
const window = 384;
const stride = 64;

export const knownConditions = { nothing: [], place: [place], 'place and key': [place, key], everything: [place, key, density, barsLeft] };
export type Known = keyof typeof knownConditions;

/** -log softmax of one value. */
function nats(logits: Float32Array, from: number, size: number, value: number): number {
  let most = -Infinity;
  for (let index = 0; index < size; index += 1) most = Math.max(most, logits[from + index] ?? -Infinity);
  let sum = 0;
  for (let index = 0; index < size; index += 1) sum += Math.exp((logits[from + index] ?? -Infinity) - most);
  return most + Math.log(sum) - (logits[from + value] ?? -Infinity);
}

function conditionsOfChorale(
  piece: Chorale,
  thresholds: readonly number[],
  sizes: readonly number[],
  known: readonly number[],
): number[][] {
  const notes = scoreOfChorale(piece).tracks.flatMap((track) => track.notes);
  const bars = Math.ceil(piece.length / 16);
  const tonality = tonalityOf(notes);
  const fixed = [
    0,
    keyCondition(tonality === null ? null : keyOfTonality(tonality)),
    densityCondition(thresholds, (notes.length / piece.length) * 16),
    0,
  ];
  return piece.map((_, step) =>
    fixed.map((value, condition) => {
      if (!known.includes(condition)) return (sizes[condition] ?? 1) - 1;
      if (condition === place) return step % 16;
      return condition === barsLeft ? Math.min(4, bars - 1 - Math.floor(step / 16)) : value;
    }),
  );
}

/** Nats a token (one voice in one 16th), given all tokens before it: soprano, alto, tenor, bass, step by step. */
export async function choraleNats(
  pack: OpenPack,
  { eventModels, densities }: ScoreVocabulary,
  pieces: readonly Chorale[],
  known: Known,
  say: (text: string) => void,
): Promise<number> {
  const model = eventModels.chorale;
  const network = eventNetwork(await pack.session(model.step), await pack.session(model.head), model);
  const [size = 53] = model.fields;
  let [total, count] = [0, 0];
  for (const [index, piece] of pieces.entries()) {
    say(`chorales, ${known} known, ${String(index + 1)} of ${String(pieces.length)}`);
    const fields = piece.map((moment) => moment.map((pitch) => (pitch < 0 ? 0 : pitch - lowest + 1)));
    const conditions = conditionsOfChorale(piece, densities.chorale, model.conditions, knownConditions[known]);
    const before = [model.fields, ...fields.slice(0, -1)];
    for (let done = 0; done < fields.length;) {
      const end = Math.min(fields.length, Math.max(window, done + stride));
      const start = Math.max(0, end - window);
      const steps = end - start;
      const wide = (rows: readonly (readonly number[])[]): BigInt64Array => BigInt64Array.from(rows.slice(start, end).flat(), BigInt);
      const { hidden } = await network.step({ batch: 1, steps }, wide(before), wide(conditions), { length: 0, data: new Float32Array(0) });
      const asked = hidden.slice((done - start) * model.width);
      const rows = fields.slice(done, end);
      for (let voice = 0; voice < voices; voice += 1) {
        const chosen = BigInt64Array.from(
          rows.flatMap((row) => row.map((value, field) => BigInt(field < voice ? value : (model.fields[field] ?? 0)))),
        );
        const logits = await network.head(rows.length, asked, chosen);
        rows.forEach((row, step) => (total += nats(logits, step * network.logitsWidth + voice * size, size, row[voice] ?? 0)));
      }
      count += rows.length * voices;
      done = end;
    }
  }
  return total / count;
}

/**
 * Nats a token of frames (the four voices of a 16th) in random order, voices within a frame in random order: Coconet's framewise
 * likelihood, estimated from `draws` places of the order a piece.
 */
export async function framewiseNats(
  pack: OpenPack,
  { masked }: ScoreVocabulary,
  pieces: readonly Chorale[],
  draws: number,
  say: (text: string) => void,
): Promise<number> {
  const model = maskedModel(await pack.session(masked.file), masked.file);
  const random = seededRandom(20);
  let [total, count] = [0, 0];
  for (const [index, whole] of pieces.entries()) {
    say(`frames in random order, ${String(index + 1)} of ${String(pieces.length)}`);
    const piece = whole.slice(0, masked.window);
    const score = scoreOfChorale(piece);
    const { tokens } = ensembleOf(score, score.tracks.map(({ id }) => id), { Soprano: 0, Alto: 1, Tenor: 2, Bass: 3 }); // prettier-ignore
    const conditions = conditionsOf(score, tokens.length / voices, 'chorale');
    for (let draw = 0; draw < draws; draw += 1) {
      const revealed = Math.floor(random() * piece.length);
      const order = Array.from({ length: piece.length }, (_, step) => ({ step, at: random() })).toSorted((a, b) => a.at - b.at);
      const asked = tokens.slice();
      for (const { step } of order.slice(revealed)) asked.fill(hiddenToken, step * voices, (step + 1) * voices);
      const frame = order[revealed]?.step ?? 0;
      for (const voice of [0, 1, 2, 3]
        .map((one) => ({ one, at: random() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ one }) => one)) {
        const logits = await model.predict(asked, conditions);
        const at = frame * voices + voice;
        total += nats(logits, at * maskedTokens, maskedTokens, tokens[at] ?? 0);
        count += 1;
        asked[at] = tokens[at] ?? 0;
      }
    }
  }
  return total / count;
}

/** Nats a token of guessing by each voice's own frequencies in other pieces: what no model should come near. */
export function unigramNats(train: readonly Chorale[], test: readonly Chorale[]): number {
  const tokensOf = (piece: Chorale): Int32Array => {
    const score = scoreOfChorale(piece);
    return ensembleOf(score, score.tracks.map(({ id }) => id), { Soprano: 0, Alto: 1, Tenor: 2, Bass: 3 }).tokens; // prettier-ignore
  };
  const counts = new Float64Array(voices * maskedTokens).fill(0.5);
  for (const piece of train)
    tokensOf(piece).forEach(
      (token, at) => (counts[(at % voices) * maskedTokens + token] = (counts[(at % voices) * maskedTokens + token] ?? 0) + 1),
    );
  const totals = [0, 1, 2, 3].map((voice) =>
    counts.subarray(voice * maskedTokens, (voice + 1) * maskedTokens).reduce((sum, count) => sum + count, 0),
  );
  let [total, count] = [0, 0];
  for (const piece of test) {
    tokensOf(piece).forEach((token, at) => {
      total -= Math.log((counts[(at % voices) * maskedTokens + token] ?? 0) / (totals[at % voices] ?? 1));
      count += 1;
    });
  }
  return total / count;
}
