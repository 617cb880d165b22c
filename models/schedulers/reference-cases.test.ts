/**
 * Whole runs of every class against an implementation apart from this one: reference_cases.py, float32 in torch, with torch's noise.
 * The requirement is 1e-4; rounding leaves less than a tenth of that.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { absoluteSum, makeScheduler, runLoop, SAMPLE_LENGTH } from './reference-loop.ts';
import { TorchCpuNoise } from './torch-cpu-noise.ts';
import { schedulerClasses, type SchedulerOptions } from './types.ts';

const PICKED = [1, 100, 400, 767];
const caseSchema = z.object({
  className: z.enum(schedulerClasses),
  keys: z.record(z.string(), z.unknown()),
  options: z.object({ eta: z.number().optional(), churn: z.object({ amount: z.number() }).optional() }),
  steps: z.int(),
  picked: z.array(z.number()).length(PICKED.length),
  mean: z.number(),
});

const cases = readFileSync(new URL('reference-cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => caseSchema.parse(JSON.parse(line)));

describe('reference runs', () => {
  it('cover every class', () => {
    expect(new Set(cases.map(({ className }) => className))).toEqual(new Set(schedulerClasses));
    expect(cases.length).toBeGreaterThan(100);
  });

  it.each(cases)('$className, $steps steps, $keys $options', ({ className, keys, mean, options, picked, steps }) => {
    const given: SchedulerOptions = { steps };
    if (options.eta !== undefined) given.eta = options.eta;
    if (options.churn !== undefined) given.churn = options.churn;
    const result = runLoop(makeScheduler(className, keys, given), { noise: new TorchCpuNoise(0) });
    const tolerance = 1e-5 * Math.max(1, mean);
    picked.forEach((value, index) => expect(Math.abs((result[PICKED[index] ?? 0] ?? NaN) - value)).toBeLessThan(tolerance));
    expect(Math.abs(absoluteSum(result) / SAMPLE_LENGTH - mean)).toBeLessThan(tolerance);
  });
});
