/** New tracks to a melody: harmony and bass by the masked model, which hears what follows; piano and drums by the event models. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { barsOf, endOfNotes, sortedNotes, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreParamsOf } from '../../../../shared/pipelines/score.ts';
import { densityCondition } from '../autoregressive/conditions.ts';
import { notesOfDrumEvents } from '../autoregressive/drum-events.ts';
import { manners } from '../autoregressive/manner.ts';
import { songParts } from '../autoregressive/song-events.ts';
import { withKey } from '../autoregressive/told.ts';
import { drumGrid, writeDrums } from '../autoregressive/write-drums.ts';
import { songForces, writeSong } from '../autoregressive/write-song.ts';
import { fillMasked } from '../masked/fill-masked.ts';
import { melodicTracks, songCast } from '../material.ts';
import type { ModeOf, ScoreRun } from '../run.ts';
import { spreadOverTracks } from '../song-tracks.ts';
import { newTrack, type PlannedTrack } from '../tracks.ts';

type Params = ScoreParamsOf<'accompany'>;

export const accompany: ModeOf<'accompany'> = async (params, { score }, run) => {
  const melody = score?.tracks.find(({ id }) => id === params.melodyTrackId);
  if (score === null || melody === undefined || melody.notes.length === 0 || melody.instrument.kind === 'drums') {
    throw new AppError('invalid-request', 'There is no melody to accompany: the chosen track is missing, empty, or drums.', {
      action: 'Choose a track with notes.',
    });
  }
  return [await writers[params.write](params, withKey(score), melody, run)];
};

type Writer = (params: Params, score: Score, melody: Track, run: ScoreRun) => Promise<Score>;

const writers: Record<Params['write'], Writer> = {
  harmony: (params, score, melody, run) => addVoices(params, score, melody, ['alto', 'tenor', 'bass'], run),

  /** With nothing but a melody the inner voices are thought of as well, so that the bass has chords to stand under. */
  async bass(params, score, melody, run) {
    const others = melodicTracks(score).filter((track) => track !== melody && track.notes.length > 0);
    if (others.length === 0) {
      const voiced = await addVoices(params, { ...score, tracks: [melody] }, melody, ['alto', 'tenor', 'bass'], run);
      return { ...score, tracks: [...score.tracks, { ...newTrack('bassLine', score), notes: voiced.tracks.at(-1)?.notes ?? [] }] };
    }
    const line = newTrack('bassLine', score);
    return fillMasked({ ...score, tracks: [...score.tracks, line] }, [wholeOf(score, line)], params, run);
  },

  async piano(params, score, melody, run) {
    const end = endOfNotes({ tracks: [melody] });
    const lengthTicks = barsOf(score).find((bar) => bar.end >= end)?.end ?? score.lengthTicks;
    const right = newTrack('right', score);
    const left = newTrack('left', { tracks: [...score.tracks, right] });
    const written = await writeSong(
      {
        frame: { ...score, lengthTicks },
        given: melody.notes.map(({ start, duration, pitch }) => ({ start, duration, pitch, part: songParts.melody })),
        free: (_tick, part) => part !== songParts.melody,
        ends: true,
        force: songForces.song,
        density: null,
        sampling: params,
        ...manners.song,
      },
      run,
    );
    const hands = [right, left];
    return spreadOverTracks(
      { ...score, tracks: [...score.tracks, ...hands] },
      songCast({ tracks: [melody, ...hands] }, melody.id),
      written,
      () => hands,
    );
  },

  /** As busy, among drummers, as the piece is among songs. */
  async drums(params, score, _melody, run) {
    const end = endOfNotes({ tracks: melodicTracks(score) });
    const bars = barsOf(score);
    const last = bars.find((bar) => bar.end >= end) ?? bars.at(-1);
    const frame = { ...score, lengthTicks: last?.end ?? score.lengthTicks };
    const notes = melodicTracks(score).reduce((sum, track) => sum + track.notes.length, 0);
    const events = await writeDrums(
      {
        frame,
        given: [],
        free: () => true,
        ends: true,
        style: params.drumStyle,
        fill: false,
        density: densityCondition(run.vocabulary.densities.song, notes / ((last?.index ?? 0) + 1)),
        sampling: params,
        ...manners.drums,
      },
      run,
    );
    const played = notesOfDrumEvents(drumGrid(frame), events, () => ({ start: 0, end: frame.lengthTicks }));
    return { ...score, tracks: [...score.tracks, { ...newTrack('drums', score), notes: sortedNotes(played) }] };
  },
};

const wholeOf = (score: Score, track: Track): { trackId: string; start: number; end: number } => ({
  trackId: track.id,
  start: 0,
  end: Math.max(1, score.lengthTicks, endOfNotes(score)),
});

/** The masked model hears the melody and the new voices alone, as the four voices that it knows. */
async function addVoices(params: Params, score: Score, melody: Track, planned: readonly PlannedTrack[], run: ScoreRun): Promise<Score> {
  let taken = score;
  for (const name of planned) taken = { ...taken, tracks: [...taken.tracks, newTrack(name, taken)] };
  const added = taken.tracks.slice(score.tracks.length);
  const filled = await fillMasked(
    { ...score, tracks: [melody, ...added] },
    added.map((track) => wholeOf(score, track)),
    params,
    run,
  );
  return { ...score, tracks: [...score.tracks, ...filled.tracks.filter(({ id }) => added.some((track) => track.id === id))] };
}
