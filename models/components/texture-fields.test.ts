import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { drawFieldNoise, fieldCount, fieldHalo, fieldStrip, prepareFields, type FieldNoise } from './texture-fields.ts';

const goldenSchema = z.object({
  sizePx: z.int(),
  places: z.array(z.tuple([z.int(), z.int()])),
  values: z.array(z.array(z.number())),
});

/** As check_fields.py has it. */
function formulaNoise(sizePx: number): FieldNoise {
  let count = 0;
  return [
    [16, 6],
    [8, 3],
    [4, 2],
    [2, 2],
    [1, 2],
  ].map(([stride = 1, channels = 1]) =>
    Array.from({ length: channels }, () =>
      Float32Array.from({ length: (sizePx / stride) ** 2 }, () => {
        const value = 1.8 * Math.sin(1.37 * count + (count % 7));
        count += 1;
        return value;
      }),
    ),
  );
}

describe('basis fields', () => {
  it('are those the decoder was trained with', () => {
    const golden = goldenSchema.parse(JSON.parse(readFileSync(new URL('./texture-fields.golden.json', import.meta.url), 'utf8')));
    const { sizePx } = golden;
    const fields = fieldStrip(prepareFields(sizePx, formulaNoise(sizePx)), 0, sizePx);
    const width = sizePx + 2 * fieldHalo;
    for (let channel = 0; channel < fieldCount; channel += 1) {
      golden.places.forEach(([y, x], index) => {
        const value = fields[(channel * width + y + fieldHalo) * width + x + fieldHalo]!;
        expect(Math.abs(value - golden.values[channel]![index]!), `channel ${String(channel)} at ${String(x)}, ${String(y)}`).toBeLessThan(
          2e-3,
        );
      });
    }
  });

  it('lie on a torus, and strips are parts of the whole', () => {
    const sizePx = 128;
    const source = prepareFields(sizePx, drawFieldNoise(sizePx, 3));
    const whole = fieldStrip(source, 0, sizePx);
    const strip = fieldStrip(source, 48, 16);
    const width = sizePx + 2 * fieldHalo;
    const stripHeight = 16 + 2 * fieldHalo;
    for (let channel = 0; channel < fieldCount; channel += 1) {
      const at = (row: number, column: number): number => whole[(channel * width + row) * width + column]!;
      for (let along = 0; along < width; along += 1) {
        for (let line = 0; line < 2 * fieldHalo; line += 1) {
          expect(at(line, along)).toBe(at(line + sizePx, along));
          expect(at(along, line)).toBe(at(along, line + sizePx));
        }
      }
      const part = strip.subarray(channel * stripHeight * width, (channel + 1) * stripHeight * width);
      expect(part).toEqual(whole.subarray((channel * width + 48) * width, (channel * width + 48 + stripHeight) * width));
    }
  });

  it('differ between seeds and repeat with one', () => {
    expect(drawFieldNoise(64, 1)).toEqual(drawFieldNoise(64, 1));
    expect(drawFieldNoise(64, 1)[0]).not.toEqual(drawFieldNoise(64, 2)[0]);
  });
});
