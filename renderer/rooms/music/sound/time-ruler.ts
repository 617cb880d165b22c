/** Marks on a ruler of seconds. */
const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

export interface TimeMark {
  second: number;
  label: string;
}

function labelOf(second: number, step: number): string {
  const minutes = Math.floor(second / 60 + 1e-9);
  const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
  const rest = (second - minutes * 60).toFixed(digits);
  return `${String(minutes)}:${rest.padStart(digits === 0 ? 2 : digits + 3, '0')}`;
}

/** @param widthPx of the ruler; marks are 70 pixels apart at least */
export function timeMarks(from: number, to: number, widthPx: number): TimeMark[] {
  if (to <= from || widthPx < 1) return [];
  const least = ((to - from) * 70) / widthPx;
  const step = steps.find((one) => one >= least) ?? 1200;
  const marks: TimeMark[] = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to; index += 1)
    marks.push({ second: index * step, label: labelOf(index * step, step) });
  return marks;
}
