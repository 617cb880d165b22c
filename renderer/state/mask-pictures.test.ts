import { expect, it } from 'vitest';
import { placeMask, without } from './mask-pictures.ts';

it('puts a crop of a mask back where it came from', () => {
  const crop = { width: 2, height: 2, channels: 1 as const, data: Uint8Array.of(255, 1, 2, 3) };
  const placed = placeMask(crop, { x: 1, y: 1, width: 2, height: 2 }, { width: 4, height: 3 });
  expect(placed).toMatchObject({ width: 4, height: 3, channels: 1 });
  expect([...placed.data]).toEqual([0, 0, 0, 0, 0, 255, 1, 0, 0, 2, 3, 0]);
});

it('finds what was masked beyond what was sent', () => {
  const mask = { width: 3, height: 2, channels: 1 as const, data: Uint8Array.of(255, 255, 0, 0, 255, 255) };
  const crop = { width: 2, height: 1, channels: 1 as const, data: Uint8Array.of(255, 255) };
  expect([...(without(mask, crop, { x: 0, y: 0, width: 2, height: 1 })?.data ?? [])]).toEqual([0, 0, 0, 0, 255, 255]);
  expect(without({ ...mask, data: Uint8Array.of(255, 255, 0, 0, 0, 0) }, crop, { x: 0, y: 0, width: 2, height: 1 })).toBeNull();
});
