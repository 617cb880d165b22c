import { describe, expect, it } from 'vitest';
import { AppError } from '../../../shared/contract/errors.ts';
import { effectIds } from '../../audio/effects/effects.ts';
import { openPack, type PackRun } from '../../testing/run-pack.ts';
import { pictureSize } from '../score/picture/score-picture.ts';

const pack = openPack('kiln-sound');
const audioOf = ({ files }: PackRun): Uint8Array => files.find(({ role }) => role === 'audio')!.bytes;
/** Samples of each side, -1..1, of a 24-bit WAV. */
function samplesOf(bytes: Uint8Array): { sampleRate: number; left: number[]; right: number[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sides: [number[], number[]] = [[], []];
  const start = bytes.length - view.getUint32(64, true) - (view.getUint32(64, true) % 2);
  for (let at = start, place = 0; at + 3 <= bytes.length; at += 3, place += 1)
    sides[place % 2]?.push((((view.getUint8(at + 2) << 24) | (view.getUint8(at + 1) << 16) | (view.getUint8(at) << 8)) >> 8) / (2 ** 23 - 1)); // prettier-ignore
  return { sampleRate: view.getUint32(24, true), left: sides[0], right: sides[1] };
}

describe('the sound pipeline over the shipped pack', () => {
  it('gives a WAV of 24 bits and a picture, the same for the same seed only', async () => {
    const run = await pack.run({}, { effect: 'rain', seconds: 0.5 }, { seed: 3 });
    expect(run.image).toMatchObject(pictureSize);
    const file = run.files[0];
    expect(file).toMatchObject({ role: 'audio', mediaType: 'audio/wav' });
    const { sampleRate, left, right } = samplesOf(audioOf(run));
    expect(sampleRate).toBe(48_000);
    expect([left.length, right.length]).toEqual([24_000, 24_000]);
    expect(Math.max(...left.map(Math.abs))).toBeLessThanOrEqual(10 ** (-1 / 20) + 1e-6);
    expect(audioOf(await pack.run({}, { effect: 'rain', seconds: 0.5 }, { seed: 3 }))).toEqual(audioOf(run));
    expect(audioOf(await pack.run({}, { effect: 'rain', seconds: 0.5 }, { seed: 4 }))).not.toEqual(audioOf(run));
  });

  it('makes every effect, with progress that never falls', { timeout: 60_000 }, async () => {
    for (const effect of effectIds) {
      const fractions: number[] = [];
      const run = await pack.run(
        {},
        { effect, seconds: 0.3 },
        { progress: (_phase, _step, _steps, fraction) => void fractions.push(fraction) },
      );
      const { left } = samplesOf(audioOf(run));
      expect(left.some((sample) => Math.abs(sample) > 0.01)).toBe(true);
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      expect(fractions.at(-1)).toBe(1);
    }
  });

  it('names effects it does not know, says when something cannot loop, and stops when told', async () => {
    await expect(pack.run({}, { effect: 'whale' })).rejects.toSatisfy(
      (error) => error instanceof AppError && error.code === 'invalid-request' && error.action?.includes('thunder') === true,
    );
    expect((await pack.run({}, { effect: 'kick', seconds: 0.2, loop: true })).notes).toEqual(['Only textures can loop: this sound ends.']);
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(pack.run({}, { effect: 'kick', seconds: 0.2 }, { signal: stop.signal })).rejects.toThrow('stopped');
  });
});
