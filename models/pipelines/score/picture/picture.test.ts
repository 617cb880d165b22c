import { describe, expect, it } from 'vitest';
import { emptyScore, type Note, type Score } from '../../../../shared/music/score.ts';
import type { PixelImage } from '../../../pipeline.ts';
import { sunken, trackColour } from './colours.ts';
import { pictureSize, scorePicture } from './score-picture.ts';
import { waveformPicture } from './waveform-picture.ts';

const note = (start: number, pitch: number, duration = 480): Note => ({ start, duration, pitch, velocity: 127 });
function scoreOf(...tracks: { notes: Note[]; drums?: boolean }[]): Score {
  const score = emptyScore({ bars: 4, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null });
  return {
    ...score,
    tracks: tracks.map(({ notes, drums = false }, index) => ({
      id: `t${String(index)}`, name: '', instrument: drums ? { kind: 'drums' } : { kind: 'melodic', program: 0 },
      notes, volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2,
    })),
  }; // prettier-ignore
}
const at = ({ data, width }: PixelImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];
/** The rows of a column where the red of the track's colour stands out from the ground. */
const litRows = (picture: PixelImage, x: number, to = 380): number[] =>
  Array.from({ length: to }, (_, y) => y).filter((y) => (at(picture, x, y)[0] ?? 0) > 150);

describe('pictures of scores', () => {
  it('puts notes where time and pitch say, in the track’s colour, and is the same each time', () => {
    const score = scoreOf({ notes: [note(0, 60, 1920), note(3840, 72, 1920)] });
    const picture = scorePicture(score);
    expect(picture).toMatchObject({ ...pictureSize, channels: 4 });
    expect(picture.data.length).toBe(1200 * 500 * 4);
    const [early, late, silent] = [litRows(picture, 150), litRows(picture, 740), litRows(picture, 450)];
    expect(silent).toEqual([]);
    expect(early.length).toBeGreaterThan(5);
    expect(late.at(-1)!).toBeLessThan(early[0]!);
    expect(scorePicture(score).data).toEqual(picture.data);
    const [red = 0, , blue = 0] = at(picture, 150, early[3]!);
    expect(red).toBeGreaterThan(blue * 2);
    expect(trackColour(0)[0]).toBeGreaterThan(trackColour(0)[2] * 2);
    expect(scorePicture(scoreOf({ notes: [note(0, 61, 1920)] })).data).not.toEqual(picture.data);
  });

  it('gives drums rows of their own, and shows empty scores as an empty roll', () => {
    const both = scorePicture(scoreOf({ notes: [note(0, 60)] }, { notes: [note(0, 36), note(0, 42)], drums: true }));
    expect(both.data).not.toEqual(scorePicture(scoreOf({ notes: [note(0, 60)] })).data);
    expect(
      at(scorePicture(scoreOf()), 650, 200)
        .slice(0, 3)
        .every((value, channel) => Math.abs(value - sunken[channel]!) < 10),
    ).toBe(true);
  });

  it('shows how loud the clip is over time below the roll', () => {
    const picture = scorePicture(scoreOf({ notes: [note(1920, 60, 1920)] }));
    const lit = (x: number): number =>
      Array.from({ length: 100 }, (_, y) => at(picture, x, 395 + y)[0] ?? 0).filter((red) => red > 150).length;
    expect(lit(100)).toBe(0);
    expect(lit(320)).toBeGreaterThan(lit(520));
    expect(lit(900)).toBe(0);
  });
});

describe('pictures of sound', () => {
  const sine = (hz: number, gain = 0.5): Float32Array =>
    Float32Array.from({ length: 16_000 }, (_, index) => gain * Math.sin((2 * Math.PI * hz * index) / 16_000));

  it('is orange for dark and blue for bright sounds, one lane when both sides are equal', () => {
    const [redLow = 0, , blueLow = 0] = at(waveformPicture([sine(120)], 16_000), 600, 251);
    const [redHigh = 0, , blueHigh = 0] = at(waveformPicture([sine(6000)], 16_000), 600, 251);
    expect(redLow).toBeGreaterThan(blueLow);
    expect(blueHigh).toBeGreaterThan(redHigh);
    const mono = waveformPicture([sine(500)], 16_000);
    expect(waveformPicture([sine(500), sine(500)], 16_000).data).toEqual(mono.data);
    expect(waveformPicture([sine(500), sine(700)], 16_000).data).not.toEqual(mono.data);
  });

  it('is as high as the sound is loud, and flat for silence', () => {
    const half = sine(500).map((value, index) => (index < 8000 ? value : value * 0.25));
    const picture = waveformPicture([half], 16_000);
    const lit = (x: number): number => Array.from({ length: 500 }, (_, y) => at(picture, x, y)[0] ?? 0).filter((red) => red > 90).length;
    expect(lit(300)).toBeGreaterThan(lit(900) * 3);
    expect(waveformPicture([new Float32Array(100)], 16_000).width).toBe(1200);
    expect(waveformPicture([], 16_000).height).toBe(500);
  });
});
