/** Bars of four voices to latents and back. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { barSteps, barTokens, encodeBars } from '../../../components/score/bar-vae.ts';
import { decodeEvents, type EventGrammar } from '../../../components/score/event-decoder.ts';
import { eventNetwork } from '../../../components/score/event-network.ts';
import type { ScoreRun } from '../run.ts';
import { heldToken, isStruck, pitchOfToken, silence, tokenCount, voiceCount } from '../voices/tokens.ts';

/** Bars written side by side. */
const batchBars = 192;

export interface BarModel {
  latent: number;
  /** @param tokens [bars, 16, 4] @returns [bars][latent] */
  encode(tokens: Int32Array): Promise<Float32Array[]>;
  /**
   * The likeliest bars.
   * @param steps of each bar, 1..16; what comes after is silence
   * @returns [bars, 16, 4]
   */
  decode(latents: readonly Float32Array[], steps: readonly number[], run: ScoreRun): Promise<Int32Array>;
}

/** @throws AppError model-mismatch when the pack's model writes other bars */
export async function openBarModel({ context, vocabulary }: ScoreRun): Promise<BarModel> {
  const { barEncoder, eventModels } = vocabulary;
  const { bar } = eventModels;
  if (bar.fields.join() !== new Array<number>(voiceCount).fill(tokenCount).join() || bar.latent !== barEncoder.latent) {
    throw new AppError('model-mismatch', 'The pack’s model of bars has other voices than Kiln reads.', {
      action: 'Install the version of the pack that belongs to this Kiln.',
    });
  }
  const [encoder, step, head] = await context.time('load', async () => [
    await context.session(barEncoder.file),
    await context.session(bar.step),
    await context.session(bar.head),
  ] as const); // prettier-ignore
  const network = eventNetwork(step, head, bar);
  const { latent } = barEncoder;
  return {
    latent,
    async encode(tokens) {
      const found = await encodeBars(encoder, barEncoder.file, latent, tokens);
      return Array.from({ length: tokens.length / barTokens }, (_, index) => found.slice(index * latent, (index + 1) * latent));
    },
    async decode(latents, steps, run) {
      const tokens = new Int32Array(latents.length * barTokens);
      for (let first = 0; first < latents.length; first += batchBars) {
        const part = latents.slice(first, first + batchBars);
        const grammars = part.map(
          (_, index) => new BarGrammar(tokens.subarray((first + index) * barTokens), steps[first + index] ?? barSteps),
        );
        const all = new Float32Array(part.length * latent);
        part.forEach((one, index) => all.set(one, index * latent));
        await decodeEvents(network, grammars, {
          sampling: { temperature: 0, topK: 0, topP: 1 },
          random: () => 0,
          latent: all,
          between: () => run.progress((first + (part.length * (grammars[0]?.step ?? 0)) / barSteps) / latents.length),
        });
      }
      return tokens;
    },
  };
}

/** Sixteen steps; a pitch goes on only where it sounds, or where the bar begins. */
class BarGrammar implements EventGrammar {
  step = 0;
  readonly #tokens: Int32Array;
  readonly #steps: number;

  /** @param tokens [16, 4] that it writes */
  constructor(tokens: Int32Array, steps: number) {
    this.#tokens = tokens;
    this.#steps = steps;
  }

  get done(): boolean {
    return this.step === barSteps;
  }

  conditions(): readonly number[] {
    return [this.step];
  }

  allow(field: number, _chosen: readonly number[], allowed: Uint8Array): void {
    allowed[silence] = 1;
    if (this.step >= this.#steps) return;
    const before = this.step === 0 ? null : pitchOfToken(this.#tokens[(this.step - 1) * voiceCount + field] ?? silence);
    for (let token = 1; token < tokenCount; token += 1) allowed[token] = Number(isStruck(token) || this.step === 0);
    if (before !== null) allowed[heldToken(before)] = 1;
  }

  accept(event: readonly number[]): void {
    this.#tokens.set(event, this.step * voiceCount);
    this.step += 1;
  }
}
