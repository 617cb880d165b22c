/** From one clip to another in the latent space, bar by bar, tracks of like role together. */
import { barsOf, sortedNotes, ticksOfBar, type Metre, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import { barSteps, barTokens, drumCount, drumValues } from '../../../components/score/bar-vae.ts';
import { baseVelocities, baseVelocityOf, withVelocities } from '../expression.ts';
import { drumTracks, isOneVoice, meanPitch, melodicTracks } from '../material.ts';
import { partOfRun, type ScoreRun } from '../run.ts';
import { stepTicks, voiceCount } from '../voices/tokens.ts';
import { openBarModel } from './bar-model.ts';
import { cellsOfBars, type Cell } from './cells.ts';
import { drumBarOf, hitThreshold, noteOfHit, openDrumModel } from './drums.ts';
import { ensembleOf, linesOf, mend, tokensOfCell, withoutDoubles } from './ensemble.ts';
import { slerp } from './latents.ts';

export interface TrackPair {
  from: Track;
  to: Track;
}

/** Drums with drums, lines with lines of their register; what is left over on either side has no partner. */
export function matchTracks(from: readonly Track[], to: readonly Track[]): TrackPair[] {
  const unlikeness = (a: Track, b: Track): number =>
    Math.abs(meanPitch(a.notes, 60) - meanPitch(b.notes, 60)) + (isOneVoice(a.notes) === isOneVoice(b.notes) ? 0 : 8);
  const pairs: TrackPair[] = [];
  const open = { from: from.filter(({ notes }) => notes.length > 0), to: to.filter(({ notes }) => notes.length > 0) };
  while (open.from.length > 0 && open.to.length > 0) {
    const all = open.from.flatMap((a) => open.to.map((b) => ({ from: a, to: b, cost: unlikeness(a, b) })));
    const best = all.reduce((least, pair) => (pair.cost < least.cost ? pair : least));
    pairs.push({ from: best.from, to: best.to });
    open.from = open.from.filter((track) => track !== best.from);
    open.to = open.to.filter((track) => track !== best.to);
  }
  const order = (pair: TrackPair): number => from.indexOf(pair.from);
  return pairs.toSorted((a, b) => order(a) - order(b));
}

/** A bar of the way: where it lies, and which cells of the two ends it stands between. */
interface Between {
  cell: Cell;
  from: Cell;
  to: Cell;
}

interface Way {
  frame: Score;
  cells: Between[];
  /** Where each bar of the longer clip lies in the two. */
  bars: { start: number; from: { start: number; end: number }; to: { start: number; end: number } }[];
}

/** As many bars as the longer clip has, in the first one's metre; the shorter one is repeated. */
function wayBetween(from: Score, to: Score): Way {
  const [fromBars, toBars] = [barsOf(from), barsOf(to)];
  const [fromCells, toCells] = [cellsOfBars(from), cellsOfBars(to)];
  const count = Math.max(fromBars.length, toBars.length);
  const cells: Between[] = [];
  const bars: Way['bars'] = [];
  const metres: Metre[] = [];
  let start = 0;
  for (let bar = 0; bar < count && fromBars.length > 0 && toBars.length > 0; bar += 1) {
    const [a, b] = [fromBars[bar % fromBars.length], toBars[bar % toBars.length]];
    const [first = [], second = []] = [fromCells[bar % fromBars.length], toCells[bar % toBars.length]];
    if (a === undefined || b === undefined) continue;
    const shift = Math.round(start / stepTicks) - (first[0]?.from ?? 0);
    for (const [index, own] of first.entries()) {
      cells.push({ cell: { from: own.from + shift, to: own.to + shift }, from: own, to: second[index] ?? { from: 0, to: 0 } });
    }
    const last = metres.at(-1);
    if (last?.numerator !== a.metre.numerator || last.denominator !== a.metre.denominator) metres.push({ ...a.metre, tick: start });
    bars.push({ start, from: a, to: b });
    start += Math.min(a.end - a.start, ticksOfBar(a.metre));
  }
  return { frame: { ...from, metres: metres.length === 0 ? from.metres : metres, lengthTicks: start, tracks: [] }, cells, bars };
}

/** A track's notes laid out over the bars of the way. */
function repeated(track: Track, bars: readonly { start: number; source: { start: number; end: number } }[]): Track {
  const notes = bars.flatMap(({ start, source }) =>
    track.notes
      .filter((note) => note.start >= source.start && note.start < source.end)
      .map((note) => ({ ...note, start: note.start - source.start + start })),
  );
  return { ...track, notes: sortedNotes(notes) };
}

/**
 * @param steps both ends among them; they are the very objects given
 * @returns clips with the first one's tempo, keys, metre and instruments, but the last
 */
export async function morphScores(from: Score, to: Score, steps: number, run: ScoreRun): Promise<Score[]> {
  const shares = Array.from({ length: steps - 2 }, (_, index) => (index + 1) / (steps - 1));
  const way = wayBetween(from, to);
  const lines = matchTracks(melodicTracks(from), melodicTracks(to));
  const drums = matchTracks(drumTracks(from), drumTracks(to));
  const written = shares.map(() => new Map<string, Note[]>());
  const groups = Array.from({ length: Math.ceil(lines.length / voiceCount) }, (_, group) =>
    lines.slice(group * voiceCount, (group + 1) * voiceCount),
  );
  for (const [index, pairs] of groups.entries())
    await morphLines(from, to, pairs, way, shares, written, partOfRun(run, index / (groups.length + 1), (index + 1) / (groups.length + 1)));
  if (drums.length > 0) await morphDrums(drums, way, shares, written, run);
  await run.progress(1);
  const partners = new Set([...lines, ...drums].map((pair) => pair.to.id));
  const between = shares.map((share, index): Score => {
    const found = written[index];
    const own = from.tracks.flatMap((track) => {
      const notes = found?.get(track.id);
      if (notes !== undefined) return [{ ...track, notes }];
      // Tracks without a partner are heard on their own side of the middle.
      const alone = repeated(track, way.bars.map((bar) => ({ start: bar.start, source: bar.from }))); // prettier-ignore
      return share < 0.5 ? [alone] : [{ ...alone, notes: [] }];
    });
    const taken = new Set(own.map(({ id }) => id));
    const others = share < 0.5 ? [] : to.tracks.filter(({ id, notes }) => notes.length > 0 && !partners.has(id));
    const added = others.map((track) => {
      const id = taken.has(track.id) ? `${track.id.slice(0, 36)}-to` : track.id;
      return { ...repeated(track, way.bars.map((bar) => ({ start: bar.start, source: bar.to }))), id }; // prettier-ignore
    });
    return { ...way.frame, tracks: [...own, ...added] };
  });
  return [from, ...between, to];
}

async function morphLines(
  from: Score,
  to: Score,
  pairs: readonly TrackPair[],
  { frame, cells }: Way,
  shares: readonly number[],
  written: Map<string, Note[]>[],
  run: ScoreRun,
): Promise<void> {
  const start = ensembleOf({ ...from, tracks: pairs.map((pair) => pair.from) }, pairs.map((pair) => pair.from.id)); // prettier-ignore
  // A pair keeps its voice on the way, where it has but one.
  const single = pairs.filter((pair) => start.parts.parts.filter(({ trackId }) => trackId === pair.from.id).length === 1);
  const voices = Object.fromEntries(
    single.map((pair) => [pair.to.id, start.parts.parts.find(({ trackId }) => trackId === pair.from.id)?.voice ?? 0]),
  );
  const end = ensembleOf({ ...to, tracks: pairs.map((pair) => pair.to) }, pairs.map((pair) => pair.to.id), voices); // prettier-ignore
  const model = await openBarModel(run);
  const joined = (bars: readonly Int32Array[]): Int32Array => Int32Array.from(bars.flatMap((bar) => [...bar]));
  const ends = [cells.map((cell) => tokensOfCell(start, cell.from)), cells.map((cell) => tokensOfCell(end, cell.to))] as const;
  const [first, second] = [await model.encode(joined(ends[0])), await model.encode(joined(ends[1]))];
  const heard = cells.map((_, index) => ends.map((side) => side[index]?.some((token) => token > 0) ?? false));
  const latents = shares.flatMap((share) => cells.map((_, index) => slerp(first[index] ?? new Float32Array(model.latent), second[index] ?? new Float32Array(model.latent), share))); // prettier-ignore
  const lengths = shares.flatMap(() => cells.map(({ cell }) => cell.to - cell.from));
  const decoded = await run.context.time('run', () => model.decode(latents, lengths, run));
  for (const [place, share] of shares.entries()) {
    const tokens = new Int32Array(Math.ceil(frame.lengthTicks / stepTicks) * voiceCount);
    for (const [index, { cell }] of cells.entries()) {
      const [a = false, b = false] = heard[index] ?? [];
      // Silent bars have no latent: where one side is silent, the middle is where the other begins or ends.
      if (!(a && b) && !(share < 0.5 ? a : b)) continue;
      const bar = place * cells.length + index;
      const own = a && b ? decoded.subarray(bar * barTokens, (bar + 1) * barTokens) : ((a ? ends[0] : ends[1])[index] ?? new Int32Array(barTokens)); // prettier-ignore
      tokens.set(own.subarray(0, Math.min(barSteps, cell.to - cell.from) * voiceCount), cell.from * voiceCount);
    }
    mend(tokens, () => true);
    const sides = share < 0.5 ? start.parts.parts : end.parts.parts;
    for (const pair of pairs) {
      const id = share < 0.5 ? pair.from.id : pair.to.id;
      const voicesOfPair = sides.filter(({ trackId, target }) => target && trackId === id).map(({ voice }) => voice);
      const plain = voicesOfPair.flatMap((voice) => linesOf(tokens, voice)).map((line) => ({ start: line.from * stepTicks, duration: (line.to - line.from) * stepTicks, pitch: line.pitch })); // prettier-ignore
      const base =
        baseVelocityOf(pair.from.notes, baseVelocities.inner) * (1 - share) + baseVelocityOf(pair.to.notes, baseVelocities.inner) * share;
      written[place]?.set(pair.from.id, sortedNotes(withoutDoubles(withVelocities(frame, plain, base))));
    }
  }
}

async function morphDrums(
  pairs: readonly TrackPair[],
  { cells }: Way,
  shares: readonly number[],
  written: Map<string, Note[]>[],
  run: ScoreRun,
): Promise<void> {
  const model = await openDrumModel(run);
  for (const pair of pairs) {
    const first = await model.encode(cells.map((cell) => drumBarOf(pair.from.notes, cell.from)));
    const second = await model.encode(cells.map((cell) => drumBarOf(pair.to.notes, cell.to)));
    for (const [place, share] of shares.entries()) {
      const decoded = await model.decode(first.map((latent, index) => slerp(latent, second[index] ?? latent, share)));
      const notes = cells.flatMap(({ cell }, index) => {
        const hits = decoded[index] ?? new Float32Array();
        return Array.from({ length: (cell.to - cell.from) * drumCount }, (_, at) => at)
          .filter((at) => (hits[at * drumValues] ?? 0) >= hitThreshold)
          .map((at) => noteOfHit(hits, at, cell));
      });
      written[place]?.set(pair.from.id, sortedNotes(notes));
    }
  }
}
