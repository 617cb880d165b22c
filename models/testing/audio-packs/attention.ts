/** Decoder layers with a key/value cache, in the layout of Optimum's merged decoders. */
import type { GraphValue } from '../onnx-writer.ts';
import { value, type Net } from './net.ts';

export interface DecoderShape {
  layers: number;
  heads: number;
  headWidth: number;
}

const parts = ['decoder', 'encoder'] as const;
const kinds = ['key', 'value'] as const;

function cacheValues(
  prefix: string,
  { layers, heads, headWidth }: DecoderShape,
  batch: string | number,
  lengths: readonly [string, string],
) {
  const values: GraphValue[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [at, part] of parts.entries()) {
      for (const kind of kinds)
        values.push(value(`${prefix}.${String(layer)}.${part}.${kind}`, 'float32', [batch, heads, lengths[at] ?? '', headWidth]));
    }
  }
  return values;
}

export const pastInputs = (shape: DecoderShape, batch: string | number = 'batch_size'): GraphValue[] =>
  cacheValues('past_key_values', shape, batch, ['past_decoder_sequence_length', 'encoder_sequence_length_out']);
export const presentOutputs = (shape: DecoderShape, batch: string | number = 'batch_size'): GraphValue[] =>
  cacheValues('present', shape, batch, ['past_decoder_sequence_length + 1', 'encoder_sequence_length_out']);

/**
 * Self-attention over past and present, cross-attention over the encoder's states.
 * @param hidden [batch, steps, width] @param states [batch, length, statesWidth] @param mask int64 [batch, length]
 * @returns [batch, steps, width]
 */
export function decoderLayers(net: Net, shape: DecoderShape, hidden: string, states: string, statesWidth: number, mask: string): string {
  const { layers, heads, headWidth } = shape;
  const width = heads * headWidth;
  const split = net.ints([0, 0, heads, headWidth]);
  const joined = net.ints([0, 0, width]);
  const shrink = net.floats([1 / Math.sqrt(headWidth)]);
  const heard = net.op('Cast', [mask], { to: 1 });
  const hiddenKeys = net.op('Mul', [net.op('Sub', [heard, net.floats([1])]), net.floats([1e4])]);
  const bias = net.op('Unsqueeze', [hiddenKeys, net.ints([1, 2])]);
  const inHeads = (from: string, fromWidth: number): string =>
    net.op('Transpose', [net.op('Reshape', [net.op('MatMul', [from, net.weight([fromWidth, width], 0.8)]), split])], {
      perm: [0, 2, 1, 3],
    });
  const attend = (query: string, key: string, values: string, added: string | null): string => {
    const turned = net.op('Transpose', [key], { perm: [0, 1, 3, 2] });
    const scores = net.op('Mul', [net.op('MatMul', [query, turned]), shrink]);
    const shares = net.op('Softmax', [added === null ? scores : net.op('Add', [scores, added])], { axis: -1 });
    const mixed = net.op('Transpose', [net.op('MatMul', [shares, values])], { perm: [0, 2, 1, 3] });
    return net.op('MatMul', [net.op('Reshape', [mixed, joined]), net.weight([width, width], 0.8)]);
  };
  let at = hidden;
  for (let layer = 0; layer < layers; layer += 1) {
    const past = (part: string, kind: string): string => `past_key_values.${String(layer)}.${part}.${kind}`;
    const [key, values] = kinds.map((kind) => {
      const grown = inHeads(at, width);
      const all = net.either('use_cache_branch', ['Concat', [past('decoder', kind), grown], { axis: 2 }], grown);
      net.output(all, `present.${String(layer)}.decoder.${kind}`);
      return all;
    });
    at = net.op('Tanh', [net.op('Add', [at, attend(inHeads(at, width), key ?? '', values ?? '', null)])]);
    const [encoderKey, encoderValues] = kinds.map((kind) => {
      const all = net.either('use_cache_branch', ['Identity', [past('encoder', kind)]], inHeads(states, statesWidth));
      net.output(all, `present.${String(layer)}.encoder.${kind}`);
      return all;
    });
    at = net.op('Tanh', [net.op('Add', [at, attend(inHeads(at, width), encoderKey ?? '', encoderValues ?? '', bias)])]);
  }
  return at;
}
