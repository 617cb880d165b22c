/**
 * Regions written anew note by note. Everything outside them is forced on the models, so that what is written is heard with what
 * went before and meets what comes next; it stays as it is to the bit. Regions of drums, then of tones, are each one run.
 */
import { sortedNotes, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../../shared/pipelines/score.ts';
import type { Sampling } from '../../../components/score/choose-value.ts';
import { baseVelocities, baseVelocityOf, withVelocities } from '../expression.ts';
import { drumTracks, fourVoices, melodicTracks, songCast } from '../material.ts';
import { partOfRun, type ScoreRun } from '../run.ts';
import { Regions } from '../regions.ts';
import { forceOf, givenPartNotes, spreadOverTracks } from '../song-tracks.ts';
import { densityCondition } from './conditions.ts';
import { drumHits, givenDrumEvents, notesOfDrumEvents } from './drum-events.ts';
import { gridOf, tickOf, twelfthTicks } from './grid.ts';
import { givenSongEvents, songLayout } from './song-events.ts';
import { withKey } from './told.ts';
import { writeChorale } from './write-chorale.ts';
import { drumGrid, writeDrums } from './write-drums.ts';
import { writeSong } from './write-song.ts';

/**
 * @param regions notes that begin in them go and others come
 * @returns the score with all other notes as they were
 * @throws AppError model-mismatch, model-output-invalid, cancelled
 */
export async function fillAutoregressive(score: Score, regions: readonly ScoreRegion[], sampling: Sampling, run: ScoreRun): Promise<Score> {
  const wanted = new Regions(regions);
  const drums = drumTracks(score).some(({ id }) => wanted.has(id));
  const tones = melodicTracks(score).some(({ id }) => wanted.has(id));
  const middle = drums && tones ? 0.3 : drums ? 1 : 0;
  let found = score;
  if (drums) found = await fillDrums(found, wanted, sampling, partOfRun(run, 0, middle));
  if (tones) {
    const fill = fourVoices(score) === null ? fillSong : fillVoices;
    found = await fill(found, wanted, sampling, partOfRun(run, middle, 1));
  }
  return found;
}

async function fillDrums(score: Score, regions: Regions, sampling: Sampling, run: ScoreRun): Promise<Score> {
  const tracks = drumTracks(score);
  const open = tracks.filter(({ id }) => regions.has(id));
  const grid = drumGrid(score);
  const events = await writeDrums(
    {
      frame: score,
      given: givenDrumEvents(
        drumHits(
          grid,
          tracks.flatMap((track) => regions.locked(track)),
        ),
      ),
      free: (tick) => open.some(({ id }) => regions.at(id, tick) !== null),
      ends: false,
      style: null,
      fill: false,
      density: densityOf(grid.bars.length, drumHits(grid, tracks.flatMap(({ notes }) => notes)).length, run.vocabulary.densities.drums), // prettier-ignore
      sampling,
    },
    run,
  );
  const ownerAt = (tick: number): Track | undefined => open.find(({ id }) => regions.at(id, tick) !== null);
  return withWritten(score, regions, (track) =>
    notesOfDrumEvents(
      grid,
      events.filter((event) => ownerAt(tickOf(grid, event)) === track),
      (tick) => regions.at(track.id, tick) ?? { start: tick, end: tick + 1 },
    ),
  );
}

async function fillVoices(score: Score, regions: Regions, sampling: Sampling, run: ScoreRun): Promise<Score> {
  const voices = fourVoices(score) ?? [];
  const written = await writeChorale(
    {
      frame: withKey(score),
      given: voices.map((track) => regions.locked(track)),
      free: (tick, voice) => regions.at(voices[voice]?.id ?? '', tick) !== null,
      density: null,
      sampling,
    },
    run,
  );
  return withWritten(score, regions, (track) => {
    const voice = voices.findIndex(({ id }) => id === track.id);
    return withVelocities(score, written[voice] ?? [], baseVelocityOf(track.notes, baseVelocities.inner));
  });
}

async function fillSong(score: Score, regions: Regions, sampling: Sampling, run: ScoreRun): Promise<Score> {
  const tracks = melodicTracks(score);
  const cast = songCast(score, null);
  const locked = tracks.map((track) => ({ ...track, notes: regions.locked(track) }));
  const open = tracks.filter(({ id }) => regions.has(id));
  const sung = cast.melody === null ? [] : regions.locked(cast.melody);
  const grid = gridOf(score, twelfthTicks, songLayout.places);
  const all = givenSongEvents(
    grid,
    givenPartNotes(tracks, cast, () => true),
  ).length;
  const written = await writeSong(
    {
      frame: withKey(score),
      given: givenPartNotes(locked, cast, () => true),
      free: (tick, part) =>
        open.some(({ id }) => cast.partsOf(id).includes(part) && regions.at(id, tick) !== null) &&
        (part !== 0 || !sung.some((note) => note.start <= tick && note.start + note.duration > tick)),
      ends: false,
      force: forceOf(cast),
      density: densityOf(grid.bars.length, all, run.vocabulary.densities.song),
      sampling,
    },
    run,
  );
  const inTracks = spreadOverTracks({ ...score, tracks: locked }, cast, written, (tick) =>
    open.filter(({ id }) => regions.at(id, tick) !== null),
  );
  return withWritten(score, regions, (track) => {
    const kept = new Set(locked.find(({ id }) => id === track.id)?.notes);
    return inTracks.tracks.find(({ id }) => id === track.id)?.notes.filter((note) => !kept.has(note)) ?? [];
  });
}

const densityOf = (bars: number, events: number, thresholds: readonly number[]): number | null =>
  events === 0 ? null : densityCondition(thresholds, events / Math.max(1, bars));

/** Locked notes and new ones; new ones end with their region, and none strikes a pitch that a locked note holds. */
function withWritten(score: Score, regions: Regions, written: (track: Track) => readonly Note[]): Score {
  const tracks = score.tracks.map((track) => {
    if (!regions.has(track.id)) return track;
    const locked = regions.locked(track);
    const fresh = written(track).flatMap((note): Note[] => {
      const region = regions.at(track.id, note.start);
      const held = locked.some(
        (other) => other.pitch === note.pitch && other.start <= note.start && other.start + other.duration > note.start,
      );
      return region === null || held ? [] : [{ ...note, duration: Math.max(1, Math.min(note.duration, region.end - note.start)) }];
    });
    return { ...track, notes: sortedNotes([...locked, ...fresh]) };
  });
  return { ...score, tracks };
}
