/** A line of the evaluation: one figure of one shipped model against the bar it was built to. */
export interface Row {
  task: string;
  metric: string;
  measured: string;
  bar: string;
  ok: boolean;
}
