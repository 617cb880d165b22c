/** Sounds and scores for tests of the audio worker. */
import { scoreSchema, type Score } from '../../../shared/music/score.ts';
import { sourceOf, type AudioSource } from '../files/audio-source.ts';

/** A tone that comes and goes, with peaks far above its mean when `strikes` is on; left and right differ. */
export function tone(options: { frames: number; sampleRate?: number; level?: number; strikes?: boolean; mono?: boolean }): AudioSource {
  const { frames, sampleRate = 48_000, level = 0.1, strikes = false, mono = false } = options;
  const channel = (hertz: number): Float32Array =>
    Float32Array.from({ length: frames }, (_, index) => {
      const time = index / sampleRate;
      const strike = strikes ? 8 * Math.exp(-60 * (time % 0.25)) : 0;
      return level * (1 + strike) * Math.sin(2 * Math.PI * hertz * time) * (0.7 + 0.3 * Math.sin(time * 5));
    });
  return sourceOf({ sampleRate, channels: mono ? [channel(440)] : [channel(440), channel(660)] });
}

export function collected(source: AudioSource): Float32Array[] {
  const channels = Array.from({ length: source.channelCount }, () => new Float32Array(source.frames));
  let at = 0;
  for (const block of source.blocks()) {
    for (const [channel, samples] of block.entries()) channels[channel]?.set(samples, at);
    at += block[0]?.length ?? 0;
  }
  return channels;
}

export const loudestDifference = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  Math.max(
    ...a.map((samples, channel) => samples.reduce((most, value, index) => Math.max(most, Math.abs(value - (b[channel]?.[index] ?? 9))), 0)),
  );

/** Two bars: a melody, a bass, drums, and a track without notes. */
export function smallScore(changes: Partial<Score> = {}): Score {
  const note = (start: number, pitch: number, duration = 240): object => ({ start, duration, pitch, velocity: 90 });
  return scoreSchema.parse({
    title: 'Small',
    tempos: [{ tick: 0, bpm: 240 }],
    metres: [{ tick: 0, numerator: 4, denominator: 4 }],
    keys: [{ tick: 0, fifths: 0, mode: 'major' }],
    tracks: [
      {
        id: 'melody',
        name: 'Melody',
        instrument: { kind: 'melodic', program: 0 },
        notes: [note(0, 72), note(480, 76), note(960, 79, 480)],
      },
      {
        id: 'bass',
        name: 'Bass',
        instrument: { kind: 'melodic', program: 32 },
        notes: [note(0, 36, 1900), note(1920, 43, 1900)],
        pan: -0.3,
      },
      { id: 'drums', name: 'Drums', instrument: { kind: 'drums' }, notes: [note(0, 36), note(960, 38), note(1920, 36)] },
      { id: 'empty', name: 'Empty', instrument: { kind: 'melodic', program: 40 }, notes: [] },
    ],
    lengthTicks: 3840,
    ...changes,
  });
}
