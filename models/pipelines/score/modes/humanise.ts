/**
 * A drummer's touch on a stiff pattern: the drum model plays the very hits of each drum track and chooses how loud and how early
 * or late (the job of GrooVAE's humanising, arXiv:1905.06118). Which drums are hit when stays, as do triplets and flams: a hit keeps
 * the part of its distance from the sixteenth that is no drummer's looseness.
 */
import { AppError } from '../../../../shared/contract/errors.ts';
import { sortedNotes, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreParamsOf } from '../../../../shared/pipelines/score.ts';
import { drumHits, givenDrumEvents, offsetOfEvent, velocityOfEvent, type DrumHit } from '../autoregressive/drum-events.ts';
import { sixteenthTicks } from '../autoregressive/grid.ts';
import { drumGrid, writeDrums } from '../autoregressive/write-drums.ts';
import { drumTracks } from '../material.ts';
import { partOfRun, type ModeOf, type ScoreRun } from '../run.ts';

type Params = ScoreParamsOf<'humanise'>;

/** Nearer to the sixteenth is how it was played; farther is what was meant. */
const loosestTicks = sixteenthTicks / 4;

export const humanise: ModeOf<'humanise'> = async (params, { score }, run) => {
  const tracks = score === null ? [] : drumTracks(score).filter(({ notes }) => notes.length > 0);
  if (score === null || tracks.length === 0) {
    throw new AppError('invalid-request', 'There are no drums to humanise.', {
      action: 'Choose a piece with a drum track, or make the track of the pattern one.',
    });
  }
  let found = score;
  for (const [index, track] of tracks.entries()) {
    const played = await playTrack(params, found, track, partOfRun(run, index / tracks.length, (index + 1) / tracks.length));
    found = { ...found, tracks: found.tracks.map((other) => (other.id === track.id ? played : other)) };
  }
  return [found];
};

async function playTrack(params: Params, score: Score, track: Track, run: ScoreRun): Promise<Track> {
  const hits = drumHits(drumGrid(score), track.notes);
  const given = givenDrumEvents(hits, true);
  const events = await writeDrums(
    { frame: score, given, free: () => false, ends: false, style: params.drumStyle, fill: false, density: null, sampling: params },
    run,
  );
  const played = new Map<Note, Note>();
  for (const event of events) {
    const hit = event.given === null ? undefined : hits[event.given];
    if (hit === undefined) continue;
    const change = { velocity: velocityOfEvent(event), offset: offsetOfEvent(event) };
    for (const note of hit.notes) played.set(note, playedNote(note, hit, change, params.amount));
  }
  return { ...track, notes: sortedNotes(track.notes.map((note) => played.get(note) ?? note)) };
}

/** Notes that are heard as one hit move together and keep the ratio of their velocities. */
function playedNote(note: Note, hit: DrumHit, change: { velocity: number; offset: number }, amount: number): Note {
  const meant = Math.abs(hit.offset) > loosestTicks ? hit.offset : 0;
  const shift = amount * (meant + change.offset - hit.offset);
  const velocity = note.velocity + amount * (change.velocity * (note.velocity / hit.velocity) - note.velocity);
  return { ...note, start: Math.max(0, Math.round(note.start + shift)), velocity: Math.max(1, Math.min(127, Math.round(velocity))) };
}
