import { describe, expect, it } from 'vitest';
import { demoScore } from '../testing/demo-score.ts';
import type { FromSoundWorker } from './messages.ts';
import { PeakTable } from './peaks.ts';
import { LogSpectrogram, lowestDb } from './spectrogram.ts';
import { hzOfRow, rowOfHz } from './spectrogram-axis.ts';
import { SoundDesk } from './sound-desk.ts';

const sampleRate = 48_000;
const sine = (hz: number, seconds: number, gain = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: seconds * sampleRate }, (_, frame) => gain * Math.sin((2 * Math.PI * hz * frame) / sampleRate));

describe('outlines', () => {
  const samples = Float32Array.from({ length: 5000 }, (_, index) => Math.sin(index * index));
  const table = new PeakTable(samples);

  it('are the same as counted sample by sample, at any zoom', () => {
    for (const [from, to, columns] of [[0, 5000, 7], [130, 4321, 3], [1000, 1040, 10], [255, 513, 1]] as const) {
      const found = table.columns(from, to, columns);
      for (let column = 0; column < columns; column += 1) {
        const start = Math.floor(from + (column * (to - from)) / columns);
        const part = samples.slice(start, Math.max(start + 1, Math.floor(from + ((column + 1) * (to - from)) / columns)));
        expect(found[column * 3]).toBe(Math.min(...part));
        expect(found[column * 3 + 1]).toBe(Math.max(...part));
        expect(found[column * 3 + 2]).toBeCloseTo(Math.sqrt(part.reduce((sum, value) => sum + value ** 2, 0) / part.length), 5);
      }
    }
  }); // prettier-ignore

  it('are silent beyond the ends, and show single samples when there are more columns than those', () => {
    expect([...table.columns(6000, 7000, 2)]).toEqual([0, 0, 0, 0, 0, 0]);
    const near = table.columns(10, 12, 8);
    expect([near[0], near[1], near[12], near[13]]).toEqual([samples[10], samples[10], samples[11], samples[11]]);
  });
});

describe('spectrograms', () => {
  it('show a tone at its height and level, whichever window sees it', () => {
    const rows = 400;
    for (const hz of [55, 110, 220, 440, 1000, 1760, 3520, 8000]) {
      const levels = new Uint8Array(rows);
      new LogSpectrogram(sine(hz, 1, 0.5), sampleRate).column(0.5, levels);
      const peak = levels.indexOf(Math.max(...levels));
      // Within a third of a tone where windows are as wide as that, far nearer above.
      expect(Math.abs(12 * Math.log2(hzOfRow(peak, rows) / hz)), `${hz} Hz`).toBeLessThan(hz < 100 ? 0.7 : 0.35);
      expect(lowestDb * (1 - (levels[peak] ?? 0) / 255), `${hz} Hz`).toBeCloseTo(-6, -0.3);
      const far = levels[Math.round(rowOfHz(hz * 2 ** 2.5, rows))] ?? levels[0]!;
      expect(far, `${hz} Hz`).toBeLessThan(40);
    }
  });

  it('map rows to frequencies and back', () => {
    for (const row of [0, 17, 199]) expect(rowOfHz(hzOfRow(row, 200), 200)).toBeCloseTo(row, 9);
  });
});

describe('the desk of the views', () => {
  const desk = (): { heard: FromSoundWorker[]; desk: SoundDesk } => {
    const heard: FromSoundWorker[] = [];
    return {
      heard,
      desk: new SoundDesk(
        (message) => heard.push(message),
        () => Promise.reject(new Error('no network')),
      ),
    };
  };

  it('measures what it is given, and answers', async () => {
    const { heard, desk: it } = desk();
    await it.hear({ type: 'samples', channels: [sine(997, 2, 10 ** (-23 / 20)), sine(997, 2, 10 ** (-23 / 20))], sampleRate });
    expect(heard.find(({ type }) => type === 'ready')).toMatchObject({ seconds: 2, channels: 2 });
    const loudness = heard.find((message) => message.type === 'loudness')!;
    expect(loudness.integratedLufs).toBeCloseTo(-23, 0);
    expect(loudness.truePeakDb).toBeCloseTo(-23, 0);
    await it.hear({ type: 'waveform', request: 4, fromS: 0, toS: 2, columns: 50 });
    expect(heard.at(-1)).toMatchObject({ type: 'waveform', request: 4, columns: 50 });
  });

  it('drops an older picture when a newer one is asked for', async () => {
    const { heard, desk: it } = desk();
    await it.hear({ type: 'samples', channels: [sine(440, 1)], sampleRate });
    const older = it.hear({ type: 'spectrogram', request: 1, fromS: 0, toS: 1, columns: 200, rows: 16 });
    const newer = it.hear({ type: 'spectrogram', request: 2, fromS: 0, toS: 1, columns: 60, rows: 16 });
    await Promise.all([older, newer]);
    const columns = (request: number): number =>
      heard.reduce((sum, message) => (message.type === 'spectrogram' && message.request === request ? sum + message.count : sum), 0);
    expect(columns(1)).toBeLessThan(200);
    expect(columns(2)).toBe(60);
  });

  it('gives a mix up for a newer one, and says why it cannot make one', async () => {
    const { heard, desk: it } = desk();
    const older = it.hear({ type: 'mix', score: demoScore, soundFontUrl: null });
    const failing = it.hear({ type: 'mix', score: demoScore, soundFontUrl: '/soundfont/x' });
    await Promise.all([older, failing]);
    expect(heard.filter(({ type }) => type === 'ready')).toEqual([]);
    expect(heard.at(-1)).toMatchObject({ type: 'failed' });
  });
});
