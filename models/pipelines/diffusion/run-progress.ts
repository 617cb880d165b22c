/** Progress in one unit for all phases: an item through the denoiser. */
import type { PipelineContext } from '../../pipeline.ts';

/** What the other parts cost in that unit, roughly as SD 1.5's do at 512 pixels. */
export const costs = { prompt: 0.15, encode: 1.3, decode: 3 };

export class RunProgress {
  readonly #report: PipelineContext['progress'];
  #total = 1;
  #done = 0;

  constructor(context: Pick<PipelineContext, 'progress'>) {
    this.#report = context.progress;
  }

  /** Known once the run is planned. */
  setTotal(units: number): void {
    this.#total = Math.max(units, Number.EPSILON);
  }

  /** A phase begins or goes on: nothing more is done yet. */
  show(phase: string, step = 0, steps = 1): void {
    this.#report(phase, step, steps, Math.min(1, this.#done / this.#total));
  }

  /** `units` more are done. */
  advance(units: number, phase: string, step: number, steps: number): void {
    this.#done += units;
    this.show(phase, step, steps);
  }

  /** A part worth `units` that may come in tiles; whatever it reports, all of it is done when `work` ends. */
  async part<Result>(units: number, phase: string, work: (tiles: (done: number, of: number) => void) => Promise<Result>): Promise<Result> {
    const before = this.#done;
    this.show(phase);
    const result = await work((done, of) => {
      this.#done = before + (units * done) / of;
      this.show(phase, done, of);
    });
    this.#done = before + units;
    this.show(phase, 1, 1);
    return result;
  }
}
