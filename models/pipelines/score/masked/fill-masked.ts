/**
 * Writes parts of a score anew from everything around them: blocked Gibbs sampling with an annealed masking probability, as Coconet
 * does it (Huang et al., "Counterpoint by Convolution", ISMIR 2017, arXiv:1903.07227, section 4.2, after Yao et al. 2014).
 */
import { AppError } from '../../../../shared/contract/errors.ts';
import { sortedNotes, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../../shared/pipelines/score.ts';
import { maskedModel } from '../../../components/score/masked-model.ts';
import { baseVelocities, baseVelocityOf, withVelocities } from '../expression.ts';
import { isOneVoice } from '../material.ts';
import { partOfRun, type ScoreRun } from '../run.ts';
import { conditionsOf, type Corpus } from '../voices/hearing.ts';
import { plainNotes, readLane, writeLane } from '../voices/lane-tokens.ts';
import { partsOf, type Part, type Parts } from '../voices/parts.ts';
import { stepTicks, voiceCount } from '../voices/tokens.ts';
import { voiceRanges, type PitchRange } from '../voices/voicing.ts';
import { beginsIn, openPlaces, type Place } from '../voices/places.ts';
import { resample, type Plan, type Window } from './gibbs.ts';

export interface MaskedOptions {
  /** Rounds of sampling. */
  passes: number;
  temperature: number;
  topK: number;
  topP: number;
  /** 0 soprano .. 3 bass, by track id: for tracks that have no notes to tell it by. */
  voices?: Readonly<Record<string, number>>;
}

/** Steps that are written in one window, and that are heard before them at least. */
const writtenSteps = 96;
const leadSteps = 16;

/**
 * Only notes that begin in the regions change; one that is held over a region's start is left, and all else is the same objects.
 * New notes lie on the grid of 16ths, within the track's range, and end by the region's end unless a note that was removed went on.
 * @throws AppError invalid-request when a region names no track; unsupported for drums; cancelled
 */
export async function fillMasked(score: Score, regions: readonly ScoreRegion[], options: MaskedOptions, run: ScoreRun): Promise<Score> {
  const ids = [...new Set(regions.map(({ trackId }) => trackId))];
  for (const id of ids) requireMelodic(score, id);
  let filled = score;
  const groups = Array.from({ length: Math.ceil(ids.length / voiceCount) }, (_, group) =>
    ids.slice(group * voiceCount, (group + 1) * voiceCount),
  );
  for (const [index, group] of groups.entries()) {
    const own = regions.filter(({ trackId }) => group.includes(trackId));
    filled = await fillGroup(filled, own, group, options, partOfRun(run, index / groups.length, (index + 1) / groups.length));
  }
  return filled;
}

function requireMelodic({ tracks }: Score, id: string): void {
  const track = tracks.find((one) => one.id === id);
  if (track === undefined) {
    throw new AppError('invalid-request', `A selection lies in the track "${id}", which the score does not have.`, {
      action: 'Select notes or bars of a track, then try again.',
    });
  }
  if (track.instrument.kind === 'drums') {
    throw new AppError('unsupported', `The masked model writes melodies, and "${track.name}" is a drum track.`, {
      action: 'Choose the method "auto" or "autoregressive" for drums.',
    });
  }
}

async function fillGroup(
  score: Score,
  regions: readonly ScoreRegion[],
  ids: readonly string[],
  options: MaskedOptions,
  run: ScoreRun,
): Promise<Score> {
  const parts = partsOf(score, ids, options.voices === undefined ? {} : { voices: options.voices });
  const plan = planOf(score, regions, parts);
  const session = await run.context.time('load', () => run.context.session(run.vocabulary.masked.file));
  const model = maskedModel(session, run.vocabulary.masked.file);
  const windows = windowsOf(plan, run.vocabulary.masked.window);
  await run.context.time('run', async () => {
    for (const [index, window] of windows.entries())
      await resample(model, plan, window, options, partOfRun(run, index / windows.length, (index + 1) / windows.length));
  });
  return {
    ...score,
    tracks: score.tracks.map((track) => (ids.includes(track.id) ? written(score, track, regions, parts, plan) : track)),
  };
}

/** The grid with what stays, and which places are open. */
function planOf(score: Score, regions: readonly ScoreRegion[], { parts, shift }: Parts): Plan {
  const last = Math.max(score.lengthTicks, ...regions.map(({ end }) => end));
  const steps = Math.ceil(last / stepTicks);
  const tokens = new Int32Array(steps * voiceCount);
  const places: (Place | null)[] = new Array<Place | null>(steps * voiceCount).fill(null);
  const ranges = voiceRanges.map((range) => ({ ...range }));
  const imagined = new Set([0, 1, 2, 3]);
  for (const part of parts) {
    imagined.delete(part.voice);
    const track = score.tracks.find(({ id }) => id === part.trackId);
    const own = part.target ? regions.filter(({ trackId }) => trackId === part.trackId) : [];
    const kept = part.lane.filter(({ note }) => !beginsIn(note, own));
    writeLane(tokens, kept, part.voice, shift);
    if (!part.target || track === undefined) continue;
    ranges[part.voice] = rangeOf(track, part.voice, shift);
    openPlaces(places, part, own, kept, steps);
  }
  // Voices that no track sings are imagined along, so that the others are heard as the model knows them.
  for (const voice of imagined) for (let step = 0; step < steps; step += 1) places[step * voiceCount + voice] = 'imagined';
  return {
    steps,
    tokens,
    places,
    ranges,
    settled: new Uint8Array(steps * voiceCount),
    conditions: conditionsOf(score, steps, corpusOf(score, parts)),
  };
}

function corpusOf(score: Score, parts: readonly Part[]): Corpus {
  const heard = score.tracks.filter((track) => parts.some(({ trackId }) => trackId === track.id));
  const lines = heard.every(({ notes }) => isOneVoice(notes)) && parts.every(({ trackId }) => trackId !== null);
  if (!lines) return 'song';
  return parts.length >= 3 ? 'chorale' : 'unknown';
}

/** What the track reaches, with a little room; an empty track has its voice's range. */
function rangeOf({ notes }: Track, voice: number, shift: number): PitchRange {
  const usual = voiceRanges[voice] ?? { low: 36, high: 84 };
  if (notes.length === 0) return usual;
  const [low, high] = notes.reduce(([least, most], { pitch }) => [Math.min(least, pitch), Math.max(most, pitch)], [127, 0]);
  const room = Math.max(2, Math.ceil((12 - (high - low)) / 2));
  return { low: low + shift - room, high: high + shift + room };
}

/** Windows that together write every open place once; each hears what lies around it. */
function windowsOf({ places, steps }: Plan, length: number): Window[] {
  const windows: Window[] = [];
  const isOpen = (step: number): boolean =>
    [0, 1, 2, 3].some((voice) => ['open', 'ending'].includes(places[step * voiceCount + voice] ?? ''));
  for (let step = 0; step < steps; step += 1) {
    if (!isOpen(step)) continue;
    const to = Math.min(steps, step + Math.min(writtenSteps, length - leadSteps));
    const around = Math.max(leadSteps, Math.floor((length - (lastOpen(isOpen, step, to) - step)) / 2));
    const start = Math.max(0, Math.min(step - around, steps - length));
    windows.push({ start, end: Math.min(steps, start + length), from: step, to });
    step = to - 1;
  }
  return windows;
}

function lastOpen(isOpen: (step: number) => boolean, from: number, to: number): number {
  for (let step = to - 1; step > from; step -= 1) if (isOpen(step)) return step + 1;
  return from + 1;
}

/** The track with what stayed and what was written. */
function written(score: Score, track: Track, regions: readonly ScoreRegion[], { parts, shift }: Parts, plan: Plan): Track {
  const own = regions.filter(({ trackId }) => trackId === track.id);
  const kept = track.notes.filter((note) => !beginsIn(note, own));
  const found = parts.flatMap(({ trackId, target, voice, lane }) => {
    if (!target || trackId !== track.id) return [];
    const stays = lane.flatMap(({ note }) => (beginsIn(note, own) ? [] : [note]));
    return plainNotes(
      readLane(plan.tokens, voice, shift, (step) => plan.places[step * voiceCount + voice] !== null),
      stays,
    );
  });
  const distinct = found.filter(
    (note, index) => !found.slice(0, index).some((other) => other.start === note.start && other.pitch === note.pitch),
  );
  const nearby = track.notes.filter((note) => own.some(({ start, end }) => note.start > start - 3840 && note.start < end + 3840));
  const voice = parts.find(({ trackId }) => trackId === track.id)?.voice ?? 0;
  const usual = voice === 0 ? baseVelocities.lead : voice === 3 ? baseVelocities.bass : baseVelocities.inner;
  const fresh = withVelocities(score, distinct, baseVelocityOf(nearby, usual));
  return { ...track, notes: sortedNotes([...kept, ...fresh]) };
}
