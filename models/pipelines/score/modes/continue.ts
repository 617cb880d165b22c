/** More bars after the last note of a piece, in its tracks. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { barsOf, endOfNotes, longestTicks, sortedNotes, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreParamsOf } from '../../../../shared/pipelines/score.ts';
import { drumHits, givenDrumEvents, notesOfDrumEvents } from '../autoregressive/drum-events.ts';
import { manners } from '../autoregressive/manner.ts';
import { keyOfScore } from '../autoregressive/told.ts';
import { writeChorale } from '../autoregressive/write-chorale.ts';
import { drumGrid, writeDrums } from '../autoregressive/write-drums.ts';
import { writeSong } from '../autoregressive/write-song.ts';
import { baseVelocities, baseVelocityOf, withVelocities, type PlainNote } from '../expression.ts';
import { drumTracks, fourVoices, melodicTracks, songCast } from '../material.ts';
import { forceOf, givenPartNotes, spreadOverTracks } from '../song-tracks.ts';
import { partOfRun, type ModeOf, type ScoreRun } from '../run.ts';

type Params = ScoreParamsOf<'continue'>;

export const continuePiece: ModeOf<'continue'> = async (params, { score }, run) => {
  if (score === null || endOfNotes(score) === 0) {
    throw new AppError('invalid-request', 'There is nothing to continue: the piece has no notes.', {
      action: 'Choose a piece with notes, or make a new one.',
    });
  }
  const { from, frame } = lengthened(score, params.bars);
  const hasDrums = drumTracks(score).some(({ notes }) => notes.length > 0);
  const hasTones = melodicTracks(score).some(({ notes }) => notes.length > 0) && !(params.style === 'drums' && hasDrums);
  const middle = hasTones && hasDrums ? 0.7 : hasTones ? 1 : 0;
  let found = frame;
  if (hasTones) {
    const writeOn = params.style !== 'song' && fourVoices(playing(frame)) !== null ? continueVoices : continueSong;
    found = await writeOn(params, found, from, partOfRun(run, 0, middle));
  }
  if (hasDrums) found = await continueDrums(params, found, from, partOfRun(run, middle, 1));
  return [found];
};

/** With `bars` more after the bar in which the last note ends. */
function lengthened(score: Score, bars: number): { from: number; frame: Score } {
  const end = endOfNotes(score);
  const longestBar = 32 * 4 * 480;
  const all = barsOf({ metres: score.metres, lengthTicks: end + (bars + 1) * longestBar });
  const first = all.findIndex(({ start }) => start >= end);
  const last = all[first + bars - 1];
  const from = all[first]?.start ?? end;
  if (last === undefined || last.end > longestTicks) {
    throw new AppError('too-large', 'The piece would become longer than Kiln keeps.', { action: 'Continue a part of it.' });
  }
  const key = keyOfScore(score, from);
  const keys = score.keys.length > 0 || key === null ? score.keys : [{ tick: 0, ...key }];
  return { from, frame: { ...score, keys, lengthTicks: last.end } };
}

/** Its melodic tracks that have notes. */
const playing = (score: Score): { tracks: Track[] } => ({ tracks: melodicTracks(score).filter(({ notes }) => notes.length > 0) });

const withMore = (track: Track, notes: readonly Note[]): Track => ({ ...track, notes: sortedNotes([...track.notes, ...notes]) });

async function continueVoices(params: Params, score: Score, from: number, run: ScoreRun): Promise<Score> {
  const voices = fourVoices(playing(score)) ?? [];
  const given = voices.map(({ notes }): PlainNote[] => notes);
  const written = await writeChorale(
    { frame: score, given, free: (tick) => tick >= from, density: params.density, sampling: params, ...manners.chorale },
    run,
  );
  const added = new Map(voices.map((track, voice) => [track.id, written[voice] ?? []]));
  const tracks = score.tracks.map((track) => {
    const notes = added.get(track.id);
    return notes === undefined ? track : withMore(track, withVelocities(score, notes, baseVelocityOf(track.notes, baseVelocities.inner)));
  });
  return { ...score, tracks };
}

async function continueSong(params: Params, score: Score, from: number, run: ScoreRun): Promise<Score> {
  const { tracks } = playing(score);
  const cast = songCast({ tracks }, null);
  const parts = new Set(tracks.flatMap(({ id }) => cast.partsOf(id)));
  const written = await writeSong(
    {
      frame: score,
      given: givenPartNotes(tracks, cast, () => true),
      free: (tick, part) => tick >= from && parts.has(part),
      ends: true,
      force: forceOf(cast),
      density: params.density,
      sampling: params,
      ...manners.song,
    },
    run,
  );
  return spreadOverTracks(score, cast, written, () => tracks);
}

async function continueDrums(params: Params, score: Score, from: number, run: ScoreRun): Promise<Score> {
  const tracks = drumTracks(score);
  const grid = drumGrid(score);
  const hits = drumHits(grid, tracks.flatMap(({ notes }) => notes)); // prettier-ignore
  const events = await writeDrums(
    {
      frame: score,
      given: givenDrumEvents(hits),
      free: (tick) => tick >= from,
      ends: true,
      style: params.drumStyle,
      fill: params.drumFill,
      density: params.density,
      sampling: params,
      ...manners.drums,
    },
    run,
  );
  const added = notesOfDrumEvents(grid, events, () => ({ start: from, end: score.lengthTicks }));
  const player = tracks.find(({ notes }) => notes.length > 0);
  return { ...score, tracks: score.tracks.map((track) => (track === player ? withMore(track, added) : track)) };
}
