import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from './format.ts';

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [1_500_000, '1.5 MB'],
    [999_600, '1.0 MB'],
    [123_456_789, '123 MB'],
    [5_200_000_000, '5.2 GB'],
  ])('%i', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('durations', () => {
  it.each([
    [820.4, '820 ms'],
    [3_440, '3.4 s'],
    [125_000, '2 min 5 s'],
  ])('%d', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
