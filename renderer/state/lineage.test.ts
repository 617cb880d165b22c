import { describe, expect, it } from 'vitest';
import { generationIdSchema, layerIdSchema } from '../../shared/domain/ids.ts';
import { Lineage } from './lineage.ts';

const generation = (last: string) => generationIdSchema.parse(`01ARZ3NDEKTSV4RRFFQ69G5FA${last}`);
const layer = (last: string) => layerIdSchema.parse(`01BRZ3NDEKTSV4RRFFQ69G5FA${last}`);
const [first, second, third] = [generation('1'), generation('2'), generation('3')];
const [photo, patch, other] = [layer('1'), layer('2'), layer('3')];
const whole = { x: 0, y: 0, width: 100, height: 100 };
const corner = { x: 0, y: 0, width: 10, height: 10 };
const layers = [
  { id: photo, bounds: whole, visible: true },
  { id: patch, bounds: corner, visible: true },
];

describe('lineage', () => {
  it('continues the topmost visible layer under the mask', () => {
    const lineage = new Lineage({ [photo]: [first] });
    lineage.add(patch, [second]);
    expect(lineage.parentOf({ x: 5, y: 5, width: 20, height: 20 }, layers)).toBe(second);
    expect(lineage.parentOf({ x: 50, y: 50, width: 20, height: 20 }, layers)).toBe(first);
    const hidden = layers.map((entry) => (entry.id === patch ? { ...entry, visible: false } : entry));
    expect(lineage.parentOf(corner, hidden)).toBe(first);
    expect(new Lineage().parentOf(corner, layers)).toBeNull();
  });

  it('names every generation of the visible layers once', () => {
    const lineage = new Lineage({ [photo]: [first] });
    lineage.add(patch, [second, third]);
    lineage.copy(patch, photo);
    expect(lineage.inLayers(layers)).toEqual([first, second, third]);
    expect(lineage.toState()).toEqual({ [photo]: [first, second, third], [patch]: [second, third] });
  });

  it('copies nothing from a layer nobody generated', () => {
    const lineage = new Lineage();
    lineage.copy(other, patch);
    expect(lineage.toState()).toEqual({});
  });
});
