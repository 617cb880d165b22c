/** One frame loop for all meters; it rests while nothing moves. */
import { player } from '../../../state/music/player.svelte.ts';

/** @returns whether it still moves */
type Draw = (elapsedS: number) => boolean;

const draws = new Set<Draw>();
let frame: number | null = null;
let lastMs = 0;

function run(nowMs: number): void {
  const elapsedS = Math.min(0.1, Math.max(0, (nowMs - lastMs) / 1000));
  lastMs = nowMs;
  let moving = false;
  for (const draw of draws) if (draw(elapsedS)) moving = true;
  frame = draws.size > 0 && (moving || player.playing) ? requestAnimationFrame(run) : null;
}

function wake(): void {
  if (frame !== null || draws.size === 0) return;
  lastMs = performance.now();
  frame = requestAnimationFrame(run);
}

player.onLevels(wake);

export const meterClock = {
  /** @returns what ends it */
  subscribe(draw: Draw): () => void {
    draws.add(draw);
    wake();
    return () => draws.delete(draw);
  },
};
