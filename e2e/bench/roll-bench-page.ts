/** The page of the piano roll's benchmark: 64 bars in eight tracks of sixteenths, and a play head that runs over them. */
import { PlayHead } from '../../renderer/roll/play-head.ts';
import type { RollContent, RollPlayer } from '../../renderer/roll/roll-api.ts';
import { RollEngine } from '../../renderer/roll/roll-engine.ts';
import { barsOf, scoreSchema, ticksPerQuarter, type Note } from '../../shared/music/score.ts';

const bars = 64;
const sixteenth = ticksPerQuarter / 4;
const notes = (track: number): Note[] =>
  Array.from({ length: bars * 16 }, (_, index) => ({
    start: index * sixteenth,
    duration: sixteenth - 10,
    pitch: 40 + track * 5 + ((index * 7) % 12),
    velocity: 40 + ((index * 13) % 80),
  }));
const score = scoreSchema.parse({
  tempos: [{ tick: 0, bpm: 120 }],
  metres: [{ tick: 0, numerator: 4, denominator: 4 }],
  keys: [],
  tracks: Array.from({ length: 8 }, (_, track) => ({
    id: `t${String(track)}`,
    name: `Track ${String(track)}`,
    instrument: { kind: 'melodic', program: 0 },
    notes: notes(track),
  })),
  lengthTicks: bars * 4 * ticksPerQuarter,
});

const element = (name: string): HTMLElement => document.querySelector<HTMLElement>(`#${name}`) ?? document.createElement('div');
const paints: number[] = [];
const engine = new RollEngine(
  {
    select: () => undefined,
    commit: () => undefined,
    setLoop: () => undefined,
    seek: () => undefined,
    hear: () => undefined,
    keyDown: () => undefined,
    keyUp: () => undefined,
  },
  { onPaint: (workMs) => paints.push(workMs) },
);
engine.attach({ stage: element('stage'), ruler: element('ruler'), keyboard: element('keyboard'), velocity: element('velocity') });
const content: RollContent = {
  score,
  bars: barsOf(score),
  activeTrackId: 't0',
  selection: new Set(),
  lockedBars: new Set([4, 5]),
  loop: null,
};
engine.setContent(content);

/** Some 60 bars in the measured time, so that pages are turned many times. */
const ticksPerMs = 16;
let startedAt = 0;
const player: RollPlayer = {
  playing: true,
  loop: null,
  position: 0,
  positionTicks: () => ((performance.now() - startedAt) * ticksPerMs) % score.lengthTicks,
  seek: () => undefined,
  setLoop: () => undefined,
  noteOn: () => undefined,
  noteOff: () => undefined,
  preview: () => undefined,
};
const head = new PlayHead(engine, player, element('head'));

const nextFrame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** Times between frames for a while, in milliseconds. */
async function frameTimes(forMs: number): Promise<number[]> {
  const frames: number[] = [];
  const from = performance.now();
  for (let last = await nextFrame(); last - from < forMs;) {
    const now = await nextFrame();
    frames.push(now - last);
    last = now;
  }
  return frames;
}

const bench = {
  /** The page at rest: what this machine gives at this moment. */
  rest: frameTimes,
  /** Plays for a while. @returns times between frames and work of the frames that painted, in milliseconds */
  async play(forMs: number): Promise<{ frames: number[]; paints: number[] }> {
    startedAt = performance.now();
    paints.length = 0;
    head.run();
    const frames = await frameTimes(forMs);
    head.rest();
    return { frames, paints: [...paints] };
  },
  /** The whole piece in view, painted anew in each frame. */
  async paintWhole(times: number): Promise<number[]> {
    engine.zoomTime(1e-3);
    engine.zoomRows(1e-3);
    await nextFrame();
    paints.length = 0;
    for (let time = 0; time < times; time += 1) {
      engine.refreshTheme();
      await nextFrame();
    }
    return [...paints];
  },
};
export type RollBench = typeof bench;
Object.assign(globalThis, { bench });
