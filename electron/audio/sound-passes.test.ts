import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gainOfDb } from '../../models/audio/dsp/levels.ts';
import { measureLoudness } from '../../models/audio/loudness/loudness.ts';
import { normalise } from '../../models/audio/loudness/normalise.ts';
import { truePeak } from '../../models/audio/loudness/true-peak.ts';
import { renderScore } from '../../models/audio/synth/render.ts';
import { FileSink, writingError } from './file-sink.ts';
import type { AudioSource } from './files/audio-source.ts';
import { isSilent, levelsOf, normalised } from './levels.ts';
import { renderMix, renderStems } from './render-score.ts';
import { ScratchSound } from './scratch-sound.ts';
import { limited, scaled, summed } from './sources.ts';
import { collected, loudestDifference, smallScore, tone } from './testing/sounds.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-worker-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const never = new AbortController().signal;
const run = { signal: never, onProgress: () => undefined };

/** The same sound, cut into blocks of another size. */
const cut = (source: AudioSource, size: number): AudioSource => ({
  ...source,
  *blocks() {
    const whole = collected(source);
    for (let start = 0; start < source.frames; start += size) yield whole.map((samples) => samples.subarray(start, start + size));
  },
});

describe('sound in blocks', () => {
  it('has the levels of the whole, whatever the blocks', async () => {
    const source = tone({ frames: 130_001, strikes: true });
    const whole = collected(source);
    for (const size of [4799, 130_001]) {
      const levels = await levelsOf(cut(source, size), never);
      expect(levels.lufs).toBe(measureLoudness(whole, 48_000).integratedLufs);
      expect(levels.truePeak).toBe(truePeak(whole));
    }
    expect((await levelsOf(tone({ frames: 9600, mono: true }), never)).lufs).toBeGreaterThan(-30);
    expect(isSilent(await levelsOf(tone({ frames: 9600, level: 0.00001 }), never))).toBe(true);
  });

  it.each([
    ['quiet', { level: 0.02 }],
    ['with strikes that must be held down', { level: 0.1, strikes: true }],
    ['too loud', { level: 0.9 }],
  ])('is normalised as a whole sound is: %s', { timeout: 120_000 }, async (_what, options) => {
    const source = tone({ frames: 170_000, ...options });
    const [left = new Float32Array(), right = left] = collected(source);
    const expected = normalise(left, right, { sampleRate: 48_000 });
    const result = await normalised(cut(source, 20_011), await levelsOf(source, never), never);
    expect(loudestDifference(collected(result.source), [expected.left, expected.right])).toBeLessThan(1e-6);
    expect(result.levels.lufs).toBeCloseTo(expected.loudnessLufs, 6);
    expect(Math.abs(result.levels.lufs + 14)).toBeLessThan(0.1);
    expect(result.levels.truePeak).toBeLessThanOrEqual(gainOfDb(-1));
    expect(truePeak(collected(result.source))).toBeLessThanOrEqual(gainOfDb(-1) * 1.0001);
  });

  it('is as long after the limiter as before, and untouched where nothing is over', () => {
    for (const frames of [10, 200, 70_000]) {
      const source = tone({ frames });
      const after = collected(limited(source, 1, 0.9));
      expect(loudestDifference(after, collected(source))).toBe(0);
    }
    expect(collected(scaled(tone({ frames: 5, mono: true }), 2))[0]?.[1]).toBeCloseTo(
      2 * (collected(tone({ frames: 5, mono: true }))[0]?.[1] ?? 0),
    );
  });
});

describe('scores in blocks', () => {
  it('sound as they do when rendered whole, and stems sum to the mix before its limiter', { timeout: 240_000 }, async () => {
    const score = smallScore();
    const made: string[] = [];
    const scratch = (): ScratchSound => {
      made.push(join(folder, `${String(made.length)}.scratch`));
      return new ScratchSound(made.at(-1) ?? '', 44_100);
    };
    const sound = { sampleRate: 44_100, soundFont: null };
    const whole = renderScore(score, { sampleRate: 44_100 });
    const mix = scratch();
    const told: number[] = [];
    await renderMix(score, sound, mix, { signal: never, onProgress: (share) => void told.push(share) });
    expect(loudestDifference(collected(mix.source()), [whole.left, whole.right])).toBe(0);
    expect(told.at(-1)).toBe(1);

    const stems = await renderStems(score, sound, scratch, run);
    expect(stems.map(({ track }) => track.id)).toEqual(['melody', 'bass', 'drums']);
    const bare = renderScore(score, { sampleRate: 44_100, limiter: false });
    const sum = collected(summed(stems.map((stem) => stem.sound.source())));
    // Stems fade at their ends by themselves, as the mix does.
    expect(loudestDifference(sum, [bare.left, bare.right])).toBeLessThan(1e-5);
    for (const stem of [mix, ...stems.map((one) => one.sound)]) stem.remove();
    expect(made.filter((file) => existsSync(file))).toEqual([]);
  });

  it('stop when they are told to', async () => {
    const controller = new AbortController();
    const scratch = new ScratchSound(join(folder, 'stopped.scratch'), 48_000);
    const work = renderMix(smallScore(), { sampleRate: 48_000, soundFont: null }, scratch, {
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(scratch.source().frames).toBeLessThan(48_000 * 2);
    scratch.remove();
  });
});

describe('files as they are written', () => {
  it('appear whole or not at all, also when they are larger than the buffer', () => {
    const file = join(folder, 'out.bin');
    const sink = new FileSink(file);
    const parts = [new Uint8Array(3), new Uint8Array(3_000_000).fill(7), Uint8Array.of(1, 2, 3)];
    for (const part of parts) sink.write(part);
    sink.patch(0, Uint8Array.of(9, 9, 9));
    sink.patch(3_000_003, Uint8Array.of(8));
    expect(existsSync(file)).toBe(false);
    expect(sink.finish()).toBe(3_000_006);
    const bytes = readFileSync(file);
    expect([bytes.length, bytes[0], bytes[2], bytes[3], bytes[3_000_002], bytes[3_000_003], bytes[3_000_005]]).toEqual([
      3_000_006, 9, 9, 7, 7, 8, 3,
    ]);
    expect(() => new FileSink(join(folder, 'none/x'))).toThrow(/ENOENT/);

    const dropped = new FileSink(join(folder, 'dropped.bin'));
    dropped.write(Uint8Array.of(1));
    expect(() => {
      dropped.patch(1, Uint8Array.of(1));
    }).toThrow(RangeError);
    dropped.discard();
    expect(readdirSync(folder).filter((name) => name.startsWith('dropped'))).toEqual([]);
  });

  it('say what to do when the disk refuses', () => {
    const refusal = (code: string): Error => Object.assign(new Error(code), { code });
    expect(writingError(refusal('ENOSPC'))).toMatchObject({
      code: 'disk-full',
      action: expect.stringContaining('Free some space') as string,
    });
    expect(writingError(refusal('EROFS'))).toMatchObject({ code: 'read-only' });
    const other = refusal('EIO');
    expect(writingError(other)).toBe(other);
  });
});
