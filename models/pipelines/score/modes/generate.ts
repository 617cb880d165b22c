/** A new piece in one of the three styles. */
import { keyName } from '../../../../shared/music/harmony.ts';
import { emptyScore, sortedNotes, type Key, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreParamsOf } from '../../../../shared/pipelines/score.ts';
import { manners } from '../autoregressive/manner.ts';
import { drumGrid, writeDrums } from '../autoregressive/write-drums.ts';
import { notesOfDrumEvents } from '../autoregressive/drum-events.ts';
import { songParts, type SongPart } from '../autoregressive/song-events.ts';
import { keyAt } from '../autoregressive/told.ts';
import { writeChorale } from '../autoregressive/write-chorale.ts';
import { songForces, writeSong } from '../autoregressive/write-song.ts';
import { baseVelocities, withVelocities } from '../expression.ts';
import { songVelocities } from '../song-tracks.ts';
import type { ModeOf, ScoreRun } from '../run.ts';
import { newTrack, type PlannedTrack } from '../tracks.ts';

type Params = ScoreParamsOf<'generate'>;

export const generate: ModeOf<'generate'> = async (params, _inputs, run) => {
  const key = params.style === 'drums' ? params.key : (params.key ?? anyKey(run.random));
  const frame = emptyScore({ ...params, key });
  const tracks = await writers[params.style](params, frame, run);
  const score = { ...frame, tracks };
  return [{ ...score, title: titleOf(params, score) }];
};

/** With at most four signs: where none is asked for, as in most chorales and songs. */
function anyKey(random: () => number): Omit<Key, 'tick'> {
  const mostSigns = 4;
  const fifths = Math.floor(random() * (2 * mostSigns + 1)) - mostSigns;
  return { fifths, mode: random() < 0.6 ? 'major' : 'minor' };
}

const writers: Record<Params['style'], (params: Params, frame: Score, run: ScoreRun) => Promise<Track[]>> = {
  async chorale(params, frame, run) {
    const written = await writeChorale(
      { frame, given: [[], [], [], []], free: () => true, density: params.density, sampling: params, ...manners.chorale },
      run,
    );
    const planned: [PlannedTrack, number][] = [
      ['soprano', baseVelocities.lead],
      ['alto', baseVelocities.inner],
      ['tenor', baseVelocities.inner],
      ['bass', baseVelocities.bass],
    ];
    return planned.map(([name, base], voice) => ({
      ...newTrack(name, { tracks: [] }),
      notes: withVelocities(frame, written[voice] ?? [], base),
    }));
  },

  async song(params, frame, run) {
    const { force, parts } = forces[params.parts];
    const written = await writeSong(
      {
        frame,
        given: [],
        free: (_tick, part) => parts.some(([, its]) => its === part),
        ends: true,
        force,
        density: params.density,
        sampling: params,
        ...manners.song,
      },
      run,
    );
    return parts.map(([name, part]) => ({
      ...newTrack(name, { tracks: [] }),
      notes: withVelocities(
        frame,
        written.filter((note) => note.part === part).map(({ start, duration, pitch }) => ({ start, duration, pitch })),
        songVelocities[part],
      ),
    }));
  },

  async drums(params, frame, run) {
    const events = await writeDrums(
      {
        frame,
        given: [],
        free: () => true,
        ends: true,
        style: params.drumStyle,
        fill: params.drumFill,
        density: params.density,
        sampling: params,
        ...manners.drums,
      },
      run,
    );
    const notes = notesOfDrumEvents(drumGrid(frame), events, () => ({ start: 0, end: frame.lengthTicks }));
    return [{ ...newTrack('drums', { tracks: [] }), notes: sortedNotes(notes) }];
  },
};

const voicePart: [PlannedTrack, SongPart] = ['voice', songParts.melody];
const handParts: [PlannedTrack, SongPart][] = [
  ['right', songParts.right],
  ['left', songParts.left],
];
const forces = {
  'melody-and-piano': { force: songForces.song, parts: [voicePart, ...handParts] },
  piano: { force: songForces.piano, parts: handParts },
  melody: { force: songForces.melody, parts: [voicePart] },
} as const;

const styleTitles = { chorale: 'Chorale', song: 'Song', drums: 'Drums' } as const;

function titleOf(params: Params, score: Score): string {
  if (params.style === 'drums') return params.drumStyle === null ? styleTitles.drums : `${styleTitles.drums}, ${params.drumStyle}`;
  const key = keyAt(score, 0);
  return key === null ? styleTitles[params.style] : `${styleTitles[params.style]} in ${keyName(key)}`;
}
