import { describe, expect, it } from 'vitest';
import { maskArea } from './mask-area.ts';

const blank = { width: 6, height: 4, channels: 1 as const, data: new Uint8Array(24) };
const area = { x: 1, y: 1, width: 4, height: 2 };
const sum = (data: Uint8Array): number => data.reduce((total, value) => total + value, 0);

describe('a mask by numbers', () => {
  it('fills exactly the rectangle', () => {
    const { data } = maskArea(blank, 'rectangle', area, 'replace');
    expect(sum(data)).toBe(8 * 255);
    expect([data[6 + 1], data[6 + 4], data[6 + 5], data[2 * 6 + 1], data[3 * 6 + 1]]).toEqual([255, 255, 0, 255, 0]);
  });

  it('combines with what is there', () => {
    const full = { ...blank, data: new Uint8Array(24).fill(255) };
    expect(sum(maskArea(full, 'rectangle', area, 'subtract').data)).toBe(16 * 255);
    expect(sum(maskArea(full, 'rectangle', area, 'intersect').data)).toBe(8 * 255);
    expect(sum(maskArea(full, 'rectangle', area, 'add').data)).toBe(24 * 255);
  });

  it('covers the area of an ellipse', () => {
    const big = { width: 100, height: 80, channels: 1 as const, data: new Uint8Array(8000) };
    const { data } = maskArea(big, 'ellipse', { x: 10, y: 10, width: 80, height: 60 }, 'replace');
    expect(sum(data) / 255).toBeCloseTo(Math.PI * 40 * 30, -2);
    expect(data[0]).toBe(0);
  });
});
