/**
 * One prediction of the whole: the denoiser for each prompt that counts, and their combination. Classifier-free guidance (Ho and
 * Salimans, arXiv:2207.12598), regions by normalised masks (Bar-Tal et al., MultiDiffusion, arXiv:2302.08113), guidance rescale
 * (Lin et al., arXiv:2305.08891), dynamic thresholding (Saharia et al., arXiv:2205.11487).
 */
import type { Denoiser } from '../../components/diffusion/denoiser.ts';
import type { Conditioning } from '../../components/diffusion/types.ts';
import { rescaleGuidance, thresholdGuidance, type CleanSampleAt } from './guidance-limits.ts';

export interface Branch {
  conditioning: Conditioning;
  timeIds: Float32Array | null;
  /** Share of this prompt at each latent; null: 1 everywhere. */
  shares: Float32Array | null;
}

export interface Controls {
  /** [controls, 3, height, width] in 0..1, one item. */
  conditions: Float32Array;
  count: number;
  /** Weights at a call. */
  weightsAt(index: number): Float32Array;
}

export interface GuideSetup {
  denoiser: Denoiser;
  latents: { channels: number; height: number; width: number };
  /** What guidance leads away from; null: no guidance. */
  negative: Branch | null;
  /** At least one; the shares of all are 1 at each latent. */
  positives: readonly Branch[];
  scale: number;
  rescale: number;
  /** Percentile that is kept; 1 = off. */
  dynamicThreshold: number;
  /** One item: [timestepCondDim]. */
  timestepCond: Float32Array | null;
  controls: Controls | null;
  /** Mask and masked latents of nine-channel models: [channels - 4, height, width]. */
  extra: Float32Array | null;
  batched: boolean;
}

export interface GuideCall extends CleanSampleAt {
  /** Index of the call, and its timestep. */
  index: number;
  timestep: number;
  /** What the denoiser is given: scaled. */
  scaled: Float32Array;
}

/** Whether a run has two sides. Consistency models know the scale themselves. */
export function isGuided(guidanceScale: number, timestepCondDim: number | null): boolean {
  return guidanceScale > 1 && timestepCondDim === null;
}

/**
 * Attention holds tokens^2 numbers for each of some eight heads, twice: what does not fit in half the memory for models runs one
 * after the other.
 */
export function fitsBatched(items: number, latentCount: number, memoryBytes: number): boolean {
  return items * 64 * latentCount * latentCount <= memoryBytes / 2;
}

export class Guide {
  readonly #setup: GuideSetup;
  readonly #branches: readonly Branch[];
  readonly #count: number;
  readonly #perRun: number;
  /** The denoiser's input for one run; what does not change between steps is written once. */
  readonly #sample: Float32Array;
  readonly #static: StaticInputs[];
  /** Predictions of all branches, where they come from several runs. */
  readonly #kept: Float32Array | null;
  readonly #guided: Float32Array;

  constructor(setup: GuideSetup) {
    this.#setup = setup;
    const { channels, height, width } = setup.latents;
    this.#count = channels * height * width;
    this.#branches = setup.negative === null ? setup.positives : [setup.negative, ...setup.positives];
    this.#perRun = setup.batched ? this.#branches.length : 1;
    const extra = setup.extra ?? new Float32Array();
    const itemLength = this.#count + extra.length;
    this.#sample = new Float32Array(itemLength * this.#perRun);
    for (let item = 0; item < this.#perRun; item += 1) this.#sample.set(extra, item * itemLength + this.#count);
    this.#static = [];
    for (let first = 0; first < this.#branches.length; first += this.#perRun) {
      this.#static.push(staticInputs(this.#branches.slice(first, first + this.#perRun), setup));
    }
    this.#kept = this.#perRun < this.#branches.length ? new Float32Array(this.#count * this.#branches.length) : null;
    this.#guided = new Float32Array(this.#count);
  }

  /** Items through the denoiser at each step. */
  get items(): number {
    return this.#branches.length;
  }

  /** The combined prediction; read it before the next call. */
  async predict(call: GuideCall): Promise<Float32Array> {
    const { denoiser, latents, controls, extra } = this.#setup;
    const itemLength = this.#count + (extra?.length ?? 0);
    for (let item = 0; item < this.#perRun; item += 1) this.#sample.set(call.scaled, item * itemLength);
    let predictions = this.#kept;
    for (const [run, inputs] of this.#static.entries()) {
      const output = await denoiser.run({
        sample: this.#sample,
        batch: this.#perRun,
        channels: itemLength / (latents.height * latents.width),
        height: latents.height,
        width: latents.width,
        timestep: call.timestep,
        ...inputs,
        controls:
          controls === null || inputs.conditions === null
            ? null
            : { conditions: inputs.conditions, weights: controls.weightsAt(call.index) },
      });
      if (predictions === null) return this.#combine(output, call);
      predictions.set(output, run * this.#count);
    }
    predictions ??= new Float32Array();
    return this.#combine(predictions, call);
  }

  #combine(predictions: Float32Array, call: GuideCall): Float32Array {
    const { negative, positives, scale, rescale, dynamicThreshold } = this.#setup;
    const count = this.#count;
    const first = negative === null ? 0 : 1;
    let positive = predictions.subarray(first * count, (first + 1) * count);
    if (positives.length > 1 || positives[0]?.shares !== null) positive = this.#mixed(predictions, first);
    if (negative === null) return positive;
    const guided = this.#guided;
    for (let index = 0; index < count; index += 1) {
      const away = predictions[index] as number;
      guided[index] = away + scale * ((positive[index] as number) - away);
    }
    if (rescale > 0) rescaleGuidance(guided, positive, rescale);
    if (dynamicThreshold < 1) thresholdGuidance(guided, positive, call, dynamicThreshold);
    return guided;
  }

  #mixed(predictions: Float32Array, first: number): Float32Array {
    const mixed = new Float32Array(this.#count);
    const plane = this.#setup.latents.height * this.#setup.latents.width;
    this.#setup.positives.forEach(({ shares }, branch) => {
      const from = (first + branch) * this.#count;
      for (let index = 0; index < mixed.length; index += 1) {
        const share = shares === null ? 1 : (shares[index % plane] as number);
        if (share !== 0) mixed[index] = (mixed[index] as number) + share * (predictions[from + index] as number);
      }
    });
    return mixed;
  }
}

interface StaticInputs {
  states: Float32Array;
  tokens: number;
  pooled: Float32Array | null;
  timeIds: Float32Array | null;
  timestepCond: Float32Array | null;
  conditions: Float32Array | null;
}

function staticInputs(branches: readonly Branch[], { denoiser: { needs }, timestepCond, controls }: GuideSetup): StaticInputs {
  const all = (part: (branch: Branch) => Float32Array | null): Float32Array =>
    joined(branches.map((branch) => part(branch) ?? new Float32Array()));
  let conditions: Float32Array | null = null;
  if (needs.controls && controls !== null) {
    // [controls, batch, 3, height, width]: each picture once an item.
    const length = controls.conditions.length / controls.count;
    const pictures = Array.from({ length: controls.count }, (_, index) =>
      controls.conditions.subarray(index * length, (index + 1) * length),
    );
    conditions = joined(pictures.flatMap((picture) => branches.map(() => picture)));
  }
  return {
    states: all(({ conditioning }) => conditioning.states),
    tokens: branches[0]?.conditioning.tokens ?? 0,
    pooled: needs.pooled ? all(({ conditioning }) => conditioning.pooled) : null,
    timeIds: needs.timeIds ? all(({ timeIds }) => timeIds) : null,
    timestepCond: needs.timestepCond ? all(() => timestepCond) : null,
    conditions,
  };
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    result.set(array, at);
    at += array.length;
  }
  return result;
}
