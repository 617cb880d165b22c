/** What commands print: words and a progress bar for people, one JSON object a line for programs. */
export interface Output {
  readonly json: boolean;
  /** A result, on stdout: its words, or its data as one JSON line. */
  result(words: string, data: object): void;
  progress(state: { phase: string; fraction: number; remainingMs: number | null }): void;
  /** A remark on stderr. */
  remark(words: string): void;
}

const barWidth = 28;

export function createOutput(json: boolean): Output {
  const bar = process.stderr.isTTY && !json;
  let drawn = false;
  const clear = (): void => {
    if (drawn) process.stderr.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    json,
    result(words, data) {
      clear();
      process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${words}\n`);
    },
    progress({ phase, fraction, remainingMs }) {
      if (json) process.stdout.write(`${JSON.stringify({ type: 'progress', phase, fraction, remainingMs })}\n`);
      if (!bar) return;
      const full = Math.round(barWidth * fraction);
      const left = remainingMs === null || remainingMs < 500 ? '' : ` ${duration(remainingMs)} left`;
      process.stderr.write(
        `\r\u001b[2K${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(Math.round(fraction * 100)).padStart(3)} % ${phase}${left}`,
      );
      drawn = true;
    },
    remark(words) {
      clear();
      if (!json) process.stderr.write(`${words}\n`);
    },
  };
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${String(Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${String(Math.floor(seconds / 60))} min ${String(Math.round(seconds % 60))} s`;
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
