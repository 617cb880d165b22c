/** MusicGen as Optimum exports it and transformers.js 4 opens it: T5 encoder, merged decoder of codes, EnCodec's decoder. */
import { decoderLayers, pastInputs, presentOutputs, type DecoderShape } from './attention.ts';
import { Net, value } from './net.ts';
import { t5Symbols } from './tokenizers.ts';

const codebooks = 4;
/** 2048 in the real models; it is also the start and padding token. */
const codes = 64;
const textWidth = 6;
const shape: DecoderShape = { layers: 2, heads: 2, headWidth: 4 };
const width = shape.heads * shape.headWidth;
/** Of the real EnCodec: 640 samples a frame, 50 frames a second. */
const ratios = [8, 5, 4, 4];
const samplesPerFrame = ratios.reduce((product, ratio) => product * ratio, 1);
export const musicgenSampleRate = 32_000;

export const musicgenConfig = {
  model_type: 'musicgen',
  architectures: ['MusicgenForConditionalGeneration'],
  is_encoder_decoder: true,
  text_encoder: { model_type: 't5', d_model: textWidth, eos_token_id: 1, pad_token_id: 0, vocab_size: t5Symbols.length },
  audio_encoder: {
    model_type: 'encodec',
    sampling_rate: musicgenSampleRate,
    upsampling_ratios: ratios,
    audio_channels: 1,
    codebook_size: codes,
  },
  decoder: {
    model_type: 'musicgen_decoder',
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    hidden_size: width,
    num_codebooks: codebooks,
    audio_channels: 1,
    vocab_size: codes,
    pad_token_id: codes,
    bos_token_id: codes,
    max_position_embeddings: 2048,
  },
  pad_token_id: 0,
};

export const musicgenGenerationConfig = {
  bos_token_id: codes,
  decoder_start_token_id: codes,
  pad_token_id: codes,
  do_sample: true,
  guidance_scale: 3,
  max_length: 1500,
};

export function musicgenTextEncoder(): Uint8Array {
  const net = new Net(11);
  const rows = net.op('Gather', [net.weight([t5Symbols.length, textWidth], 1), 'input_ids']);
  const heard = net.op('Unsqueeze', [net.op('Cast', ['attention_mask'], { to: 1 }), net.ints([2])]);
  net.output(net.op('Mul', [rows, heard]), 'last_hidden_state');
  return net.bytes(
    [value('input_ids', 'int64', ['batch_size', 'sequence_length']), value('attention_mask', 'int64', ['batch_size', 'sequence_length'])],
    [value('last_hidden_state', 'float32', ['batch_size', 'sequence_length', textWidth])],
  );
}

export function musicgenDecoder(): Uint8Array {
  const net = new Net(12);
  // Rows are batch-major with the codebooks inside: each has a table of its own.
  const grouped = net.op('Reshape', ['input_ids', net.op('Concat', [net.ints([-1, codebooks]), tokensOf(net)], { axis: 0 })]);
  const offsets = net.ints(
    Array.from({ length: codebooks }, (_, book) => book * (codes + 1)),
    [1, codebooks, 1],
  );
  const rows = net.op('Gather', [net.weight([codebooks * (codes + 1), width], 1), net.op('Add', [grouped, offsets])]);
  const summed = net.op('ReduceSum', [rows, net.ints([1])], { keepdims: 0 });
  const hidden = decoderLayers(net, shape, summed, 'encoder_hidden_states', textWidth, 'encoder_attention_mask');
  const heads = net.op('MatMul', [hidden, net.weight([width, codebooks * codes], 2)]);
  const apart = net.op('Transpose', [net.op('Reshape', [heads, net.ints([0, 0, codebooks, codes])])], { perm: [0, 2, 1, 3] });
  const target = net.op('Concat', [net.ints([-1]), tokensOf(net), net.ints([codes])], { axis: 0 });
  net.output(net.op('Reshape', [apart, target]), 'logits');
  return net.bytes(
    [
      value('input_ids', 'int64', ['total_batch_size', 'decoder_sequence_length']),
      value('encoder_attention_mask', 'int64', ['batch_size', 'encoder_sequence_length']),
      value('encoder_hidden_states', 'float32', ['batch_size', 'encoder_sequence_length', textWidth]),
      ...pastInputs(shape),
      value('use_cache_branch', 'bool', [1]),
    ],
    [value('logits', 'float32', ['total_batch_size', 'decoder_sequence_length', codes]), ...presentOutputs(shape)],
  );
}

/** Steps in this call, as a vector of one. */
const tokensOf = (net: Net): string => net.op('Slice', [net.op('Shape', ['input_ids']), net.ints([1]), net.ints([2]), net.ints([0])]);

export function encodecDecoder(): Uint8Array {
  const net = new Net(13);
  const depth = 4;
  // [1, batch, codebooks, frames] to one table of all codebooks.
  const flat = net.op('Squeeze', ['audio_codes', net.ints([0])]);
  const offsets = net.ints(
    Array.from({ length: codebooks }, (_, book) => book * codes),
    [1, codebooks, 1],
  );
  const rows = net.op('Gather', [net.weight([codebooks * codes, depth], 0.4), net.op('Add', [flat, offsets])]);
  const frames = net.op('Transpose', [net.op('ReduceSum', [rows, net.ints([1])], { keepdims: 0 })], { perm: [0, 2, 1] });
  const wave = net.op('ConvTranspose', [frames, net.weight([depth, 1, samplesPerFrame], 0.5)], {
    kernel_shape: [samplesPerFrame],
    strides: [samplesPerFrame],
  });
  net.output(net.op('Tanh', [wave]), 'audio_values');
  return net.bytes(
    [value('audio_codes', 'int64', [1, 'batch_size', codebooks, 'chunk_length'])],
    [value('audio_values', 'float32', ['batch_size', 1, 'audio_length'])],
  );
}
