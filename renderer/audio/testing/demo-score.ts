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

const programs = [0, 33, 48, 'drums', 24, 73, 56, 89] as const;

/** 64 bars and eight tracks of eighths and chords: as much as the room promises to play. */
export const longScore: Score = {
  ...emptyScore({ bars: 64, bpm: 120, metre: { numerator: 4, denominator: 4 }, key: null }),
  tracks: programs.map((program, index) =>
    track(
      `track-${String(index)}`,
      program,
      Array.from({ length: 64 * 8 }, (_, step) =>
        program === 'drums'
          ? note(step / 2, [36, 42, 38, 42][step % 4] ?? 36, 0.25)
          : note(step / 2, 48 + ((index * 5 + step * 7) % 24), 0.5),
      ),
      { pan: (index - 3.5) / 4 },
    ),
  ),
};
