import { describe, expect, it } from 'vitest';
import { barsOf } from '../../../../shared/music/score.ts';
import { dbOfVolume, dbWords, meterHeight, panWords } from './level-scale.ts';
import { barAndBeat, clockTime } from './position-words.ts';
import { spectrumColours } from './spectrum-colours.ts';
import { timeMarks } from './time-ruler.ts';

describe('places in words', () => {
  it('are bar and beat, through changes of metre and past the end', () => {
    const bars = barsOf({ lengthTicks: 480 * 10, metres: [{ tick: 0, numerator: 4, denominator: 4 }, { tick: 1920, numerator: 6, denominator: 8 }] }); // prettier-ignore
    expect([0, 479, 480, 1919, 1920, 1920 + 240 * 5, 1920 + 1440 * 3].map((tick) => barAndBeat(bars, tick))).toEqual([
      '1:1', '1:1', '1:2', '1:4', '2:1', '2:6', '5:1',
    ]); // prettier-ignore
    expect(barAndBeat([], 0)).toBe('1:1');
  });

  it('are minutes, seconds and tenths', () => {
    expect([0, 9.96, 59.99, 60, 125.25].map(clockTime)).toEqual(['0:00.0', '0:09.9', '0:59.9', '1:00.0', '2:05.2']);
  });

  it('mark a ruler evenly, as close as words allow', () => {
    expect(timeMarks(0, 10, 800).map(({ label }) => label)).toEqual(
      Array.from({ length: 11 }, (_, second) => `0:${String(second).padStart(2, '0')}`),
    );
    expect(timeMarks(59.9, 60.1, 300)[0]?.label).toBe('0:59.90');
    expect(timeMarks(0, 0, 300)).toEqual([]);
  });
});

describe('levels in words', () => {
  it('are decibels', () => {
    expect([1, 0.5, 0].map((volume) => dbWords(dbOfVolume(volume)))).toEqual(['0.0 dB', '−12.0 dB', '−∞ dB']);
    expect([-0.304, 0, 1].map(panWords)).toEqual(['L 30', 'Centre', 'R 100']);
    expect([0, 10 ** (-54 / 20), 10 ** (-27 / 20), 1, 2].map((peak) => Number(meterHeight(peak).toFixed(6)))).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('are colours whose lightness goes one way', () => {
    const lightness = (table: Uint8ClampedArray, level: number): number =>
      0.2126 * table[level * 4]! + 0.7152 * table[level * 4 + 1]! + 0.0722 * table[level * 4 + 2]!;
    for (const [theme, sign] of [['dark', 1], ['light', -1]] as const) {
      const table = spectrumColours(theme);
      for (let level = 5; level < 256; level += 5) expect(sign * (lightness(table, level) - lightness(table, level - 5))).toBeGreaterThan(0);
    }
  }); // prettier-ignore
});
