/** Small pieces that tests play. */
import { emptyScore, type Note, type Score, type Track } from '../../../shared/music/score.ts';

const note = (beat: number, pitch: number, beats = 1, velocity = 96): Note => ({
  start: Math.round(beat * 480),
  duration: Math.round(beats * 480),
  pitch,
  velocity,
});

const track = (id: string, program: number | 'drums', notes: Note[], more: Partial<Track> = {}): Track => ({
  id,
  name: id,
  instrument: program === 'drums' ? { kind: 'drums' } : { kind: 'melodic', program },
  notes,
  volume: 0.8,
  pan: 0,
  muted: false,
  solo: false,
  reverb: 0.2,
  ...more,
});

/** One bar of four at 160 bpm: electric piano, bass, strings, drums. */
export const demoScore: Score = {
  ...emptyScore({ bars: 1, bpm: 160, metre: { numerator: 4, denominator: 4 }, key: null }),
  tracks: [
    track('keys', 4, [note(0, 60), note(1, 64), note(2, 67, 2)], { pan: -0.4 }),
    track('bass', 33, [note(0, 36, 2), note(2, 43, 2)]),
    track('strings', 48, [note(0, 72, 4, 60)], { pan: 0.4, reverb: 0.6 }),
    track('drums', 'drums', [note(0, 36), note(0.5, 42), note(1, 38), note(1.5, 42), note(2, 36), note(3, 38)]),
  ],
};
