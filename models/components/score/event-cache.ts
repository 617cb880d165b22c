/** The events so far of one or more pieces that are written side by side, and the keys and values of them. */
import type { EventNetwork, KeyValues } from './event-network.ts';

const empty = (): KeyValues => ({ length: 0, data: new Float32Array(0) });

/**
 * Positions are pushed and run only when a hidden vector is asked for, so that a prompt is one run. When more than the model's
 * window would be looked back over, the last half window is run anew: up to there a step costs the same, and so it does on average.
 */
export class EventCache {
  readonly #network: EventNetwork;
  readonly #batch: number;
  readonly #latent: Float32Array | undefined;
  #past = empty();
  /** A position: fields [batch, F] and conditions [batch, C]. The last `#pending` of them have not been run. */
  #positions: { fields: number[]; conditions: number[] }[] = [];
  #pending = 0;

  /** @param latent [batch, Z], for models that have one */
  constructor(network: EventNetwork, batch: number, latent?: Float32Array) {
    this.#network = network;
    this.#batch = batch;
    this.#latent = latent;
  }

  /** @param before the event before the one to be predicted, of each piece @param conditions of the one to be predicted */
  push(before: readonly (readonly number[])[], conditions: readonly (readonly number[])[]): void {
    this.#positions.push({ fields: before.flat(), conditions: conditions.flat() });
    this.#pending += 1;
    const { window } = this.#network.model;
    if (this.#positions.length > 2 * window) this.#positions = this.#positions.slice(-window);
  }

  /** Of the position pushed last, [batch, width]. */
  async hidden(): Promise<Float32Array> {
    const { window, width } = this.#network.model;
    if (this.#past.length + this.#pending > window) {
      this.#past = empty();
      this.#pending = Math.min(this.#positions.length, Math.floor(window / 2));
    }
    const steps = this.#pending;
    const positions = this.#positions.slice(-steps);
    const { hidden, present } = await this.#network.step(
      { batch: this.#batch, steps },
      this.#byPiece(positions.map(({ fields }) => fields)),
      this.#byPiece(positions.map(({ conditions }) => conditions)),
      this.#past,
      this.#latent,
    );
    this.#past = present;
    this.#pending = 0;
    const last = new Float32Array(this.#batch * width);
    for (let piece = 0; piece < this.#batch; piece += 1) {
      const at = (piece * steps + steps - 1) * width;
      last.set(hidden.subarray(at, at + width), piece * width);
    }
    return last;
  }

  /** [steps][batch * n] as int64 [batch, steps, n]. */
  #byPiece(rows: readonly (readonly number[])[]): BigInt64Array {
    const values = (rows[0]?.length ?? 0) / this.#batch;
    const found = new BigInt64Array(rows.length * this.#batch * values);
    for (const [step, row] of rows.entries()) {
      for (let at = 0; at < row.length; at += 1) {
        const piece = Math.floor(at / values);
        found[(piece * rows.length + step) * values + (at % values)] = BigInt(row[at] ?? 0);
      }
    }
    return found;
  }
}
