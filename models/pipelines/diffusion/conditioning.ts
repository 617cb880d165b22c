/** All prompts of a run, encoded in one go. */
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import type { Conditioning } from '../../components/diffusion/types.ts';
import type { DiffusionParts } from './parts.ts';
import type { Region } from './regions.ts';

export interface Conditions {
  main: Conditioning;
  /** Null without guidance. */
  negative: Conditioning | null;
  regions: Conditioning[];
  /** Tokens of the main prompt, and of the negative one. */
  tokens: number[];
}

export async function encodeConditions(
  parts: Pick<DiffusionParts, 'encodePrompts'>,
  params: Pick<DiffusionParams, 'prompt' | 'negativePrompt' | 'blendPrompt' | 'blendAmount'>,
  regions: readonly Region[],
  guided: boolean,
): Promise<Conditions> {
  const { prompt, negativePrompt, blendPrompt, blendAmount } = params;
  const blends = blendAmount > 0;
  const prompts = [
    { text: prompt, negative: false },
    ...(guided ? [{ text: negativePrompt, negative: true }] : []),
    ...(blends ? [{ text: blendPrompt, negative: false }] : []),
    ...regions.map((region) => ({ text: region.prompt, negative: false })),
  ];
  const { conditionings, tokenCounts } = await parts.encodePrompts(prompts);
  const left = [...conditionings];
  const next = (): Conditioning => {
    const conditioning = left.shift();
    if (conditioning === undefined) throw new RangeError('fewer conditionings than prompts');
    return conditioning;
  };
  const own = next();
  const negative = guided ? next() : null;
  const main = blends ? blended(own, next(), blendAmount) : own;
  return { main, negative, regions: regions.map(next), tokens: tokenCounts.slice(0, guided ? 2 : 1) };
}

/** Straight between two prompts: what an animation steps through. */
export function blended(from: Conditioning, to: Conditioning, amount: number): Conditioning {
  if (amount >= 1) return to;
  const mix = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, at) => value + amount * ((b[at] ?? 0) - value));
  return {
    ...from,
    states: mix(from.states, to.states),
    pooled: from.pooled === null || to.pooled === null ? from.pooled : mix(from.pooled, to.pooled),
  };
}
