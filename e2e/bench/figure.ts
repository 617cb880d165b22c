/** A row of the benchmark's table: ratios and times, always measured in the run that prints them. */
export interface Figure {
  what: string;
  measured: string;
  limit: string;
  ok: boolean;
}

export function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? NaN;
}

/** Median time in milliseconds; the first run, which warms caches and compilers, does not count. */
export async function timed(runs: number, work: () => Promise<unknown> | undefined): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const from = performance.now();
    await work();
    if (run > 0) times.push(performance.now() - from);
  }
  return median(times);
}

export function printFigures(figures: readonly Figure[]): void {
  console.table(Object.fromEntries(figures.map(({ what, ...rest }) => [what, rest])));
  if (!figures.every(({ ok }) => ok)) process.exitCode = 1;
}
