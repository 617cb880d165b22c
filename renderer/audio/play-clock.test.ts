import { describe, expect, it } from 'vitest';
import { HeardClock } from './heard-clock.ts';
import { loopSeconds, PlayClock, ticksAtSeconds } from './play-clock.ts';

describe('the play head', () => {
  it('counts on from what was told last, and stands still while nothing plays', () => {
    const clock = new PlayClock();
    clock.reset({ timeS: 10, positionS: 2, playing: true, waitS: 0 });
    expect(clock.secondsAt(10.25)).toBeCloseTo(2.25, 9);
    clock.reset({ timeS: 11, positionS: 3, playing: false, waitS: 0 });
    expect(clock.secondsAt(14)).toBe(3);
  });

  it('shows what is heard, not what was made: devices are late', () => {
    const clock = new PlayClock();
    for (let report = 0; report < 30; report += 1) clock.add({ timeS: 1 + report / 30, positionS: report / 30, playing: true, waitS: 0 });
    // Half a second behind the newest report.
    expect(clock.secondsAt(1.5)).toBeCloseTo(0.5, 9);
  });

  it('goes round with the loop, also while the last round is still heard', () => {
    const clock = new PlayClock();
    clock.setLoop({ startS: 1, endS: 3 });
    clock.add({ timeS: 10, positionS: 2.9, playing: true, waitS: 0 });
    clock.add({ timeS: 10.2, positionS: 1.1, playing: true, waitS: 0 });
    expect(clock.secondsAt(10.05)).toBeCloseTo(2.95, 9);
    expect(clock.secondsAt(10.15)).toBeCloseTo(1.05, 9);
    expect(clock.secondsAt(10.3)).toBeCloseTo(1.2, 9);
    expect(clock.secondsAt(14.2)).toBeCloseTo(1.1, 9);
  });

  it('plays on where it stands behind the loop', () => {
    const clock = new PlayClock();
    clock.setLoop({ startS: 1, endS: 3 });
    clock.reset({ timeS: 0, positionS: 5, playing: true, waitS: 0 });
    expect(clock.secondsAt(4)).toBe(9);
  });

  it('waits for the count-in', () => {
    const clock = new PlayClock();
    clock.reset({ timeS: 0, positionS: 4, playing: true, waitS: 2 });
    expect([0, 1, 2, 2.5].map((time) => clock.secondsAt(time))).toEqual([4, 4, 4, 4.5]);
  });

  it('tells whole ticks as whole', () => {
    const score = { tempos: [{ tick: 0, bpm: 97 }, { tick: 960, bpm: 61 }] }; // prettier-ignore
    const loop = loopSeconds(score, { start: 480, end: 1919 });
    expect([loop?.startS, loop?.endS].map((seconds) => ticksAtSeconds(score, seconds ?? 0))).toEqual([480, 1919]);
    expect(loopSeconds(score, null)).toBeNull();
  });
});

describe('the audio clock in the page', () => {
  it('moves evenly though the device tells its time in leaps', () => {
    const clock = new HeardClock();
    const steps: number[] = [];
    let before: number | null = null;
    for (let frame = 0; frame < 300; frame += 1) {
      const nowMs = 1000 + frame * 16;
      // In leaps of 21 ms, told up to that late.
      const sampledS = 5 + Math.floor((nowMs - 1000) / 21.3) * 0.0213;
      const now = clock.timeS(sampledS, nowMs, nowMs);
      if (before !== null && frame > 30) steps.push((now - before) * 1000);
      before = now;
    }
    expect(Math.max(...steps)).toBeLessThan(17.5);
    expect(Math.min(...steps)).toBeGreaterThan(14.5);
  });

  it('follows at once when the device has slept', () => {
    const clock = new HeardClock();
    clock.timeS(5, 1000, 1000);
    expect(clock.timeS(5.1, 61_000, 61_000)).toBeCloseTo(5.1, 9);
    clock.reset();
    expect(clock.timeS(9, 61_010, 61_010)).toBeCloseTo(9, 9);
  });
});
