/** Speech models with the real graphs' inputs and outputs; lengths of sound follow from lengths of text, as in the real ones. */
import { decoderLayers, pastInputs, presentOutputs, type DecoderShape } from './attention.ts';
import { Net, value } from './net.ts';
import { kokoroSymbols, speechT5Symbols, supertonicSymbols, vitsSymbols } from './tokenizers.ts';

const depth = 4;
const text = (name: string) => value(name, 'int64', ['text_batch_size', 'sequence_length']);

/** [batch, channels, frames] to [batch, frames * samples]. */
function waveOf(net: Net, frames: string, channels: number, samples: number): string {
  const wave = net.op('ConvTranspose', [frames, net.weight([channels, 1, samples], 0.5)], { kernel_shape: [samples], strides: [samples] });
  return net.op('Tanh', [net.op('Squeeze', [wave, net.ints([1])])]);
}

export const vitsConfig = {
  model_type: 'vits',
  architectures: ['VitsModel'],
  sampling_rate: 16_000,
  speaking_rate: 1,
  noise_scale: 0.667,
  num_speakers: 1,
  vocab_size: vitsSymbols.length,
};
export const vitsTokenizerConfig = {
  tokenizer_class: 'VitsTokenizer',
  add_blank: true,
  is_uroman: false,
  language: 'eng',
  normalize: true,
  phonemize: false,
  pad_token: '_',
  unk_token: '<unk>',
  model_max_length: 1e30,
};
/** Each symbol sounds for this many samples. */
export const vitsSamplesPerSymbol = 256;

/** Noise is drawn in the graph, as in the real model. */
export function vitsModel(): Uint8Array {
  const net = new Net(21);
  const rows = net.op('Gather', [net.weight([vitsSymbols.length, depth], 0.5), 'input_ids']);
  const heard = net.op('Unsqueeze', [net.op('Cast', ['attention_mask'], { to: 1 }), net.ints([2])]);
  const noise = net.op('RandomNormalLike', [rows], { scale: { float: 0.2 } });
  const frames = net.op('Transpose', [net.op('Mul', [net.op('Add', [rows, noise]), heard])], { perm: [0, 2, 1] });
  net.output(waveOf(net, frames, depth, vitsSamplesPerSymbol), 'waveform');
  net.output(frames, 'spectrogram');
  return net.bytes(
    [text('input_ids'), text('attention_mask')],
    [
      value('waveform', 'float32', ['text_batch_size', 'n_samples']),
      value('spectrogram', 'float32', ['text_batch_size', depth, 'num_bins']),
    ],
  );
}

const melBins = 80;
const reduction = 2;
const speakerWidth = 512;
const speechShape: DecoderShape = { layers: 2, heads: 2, headWidth: 4 };
const speechWidth = speechShape.heads * speechShape.headWidth;
export const speechT5FrameSamples = 256;
export const speechT5Config = {
  model_type: 'speecht5',
  architectures: ['SpeechT5ForTextToSpeech'],
  is_encoder_decoder: true,
  hidden_size: speechWidth,
  encoder_layers: 2,
  encoder_attention_heads: speechShape.heads,
  decoder_layers: speechShape.layers,
  decoder_attention_heads: speechShape.heads,
  num_mel_bins: melBins,
  reduction_factor: reduction,
  speaker_embedding_dim: speakerWidth,
  max_text_positions: 600,
  vocab_size: speechT5Symbols.length,
};
export const speechT5Preprocessor = {
  feature_extractor_type: 'SpeechT5FeatureExtractor',
  processor_class: 'SpeechT5Processor',
  sampling_rate: 16_000,
  num_mel_bins: melBins,
};
export const speechT5Voice = (seed: number): Float32Array => noise(seed, speakerWidth);

export function speechT5Encoder(): Uint8Array {
  const net = new Net(31);
  net.output(net.op('Gather', [net.weight([speechT5Symbols.length, speechWidth], 1), 'input_ids']), 'encoder_outputs');
  const zeros = net.op('ConstantOfShape', [net.op('Shape', ['input_ids'])]);
  const ones = net.op('Add', [net.op('Cast', [zeros], { to: 7 }), net.ints([1])]);
  net.output(ones, 'encoder_attention_mask');
  return net.bytes(
    [value('input_ids', 'int64', [1, 'encoder_sequence_length'])],
    [
      value('encoder_outputs', 'float32', [1, 'encoder_sequence_length', speechWidth]),
      value('encoder_attention_mask', 'int64', [1, 'encoder_sequence_length']),
    ],
  );
}

/** Says "stop" once there are twice as many steps as symbols. Its prenet drops values at random, as the real one does. */
export function speechT5Decoder(): Uint8Array {
  const net = new Net(32);
  const last = net.op('Slice', ['output_sequence', net.ints([-1]), net.ints([1000]), net.ints([1])]);
  const drawn = net.op('RandomUniformLike', [last], { low: { float: 0.9 }, high: { float: 1.1 } });
  const entry = net.op('MatMul', [net.op('Mul', [last, drawn]), net.weight([melBins, speechWidth], 0.5)]);
  const voice = net.op('Unsqueeze', [
    net.op('MatMul', ['speaker_embeddings', net.weight([speakerWidth, speechWidth], 0.1)]),
    net.ints([1]),
  ]);
  const hidden = decoderLayers(
    net,
    speechShape,
    net.op('Add', [entry, voice]),
    'encoder_hidden_states',
    speechWidth,
    'encoder_attention_mask',
  );
  const frames = net.op('Reshape', [
    net.op('Tanh', [net.op('MatMul', [hidden, net.weight([speechWidth, reduction * melBins], 1)])]),
    net.ints([reduction, melBins]),
  ]);
  net.output(frames, 'spectrum');
  const newest = net.op('Unsqueeze', [net.op('Slice', [frames, net.ints([1]), net.ints([2]), net.ints([0])]), net.ints([0])]);
  net.output(net.op('Concat', ['output_sequence', newest], { axis: 1 }), 'output_sequence_out');
  const lengthOf = (name: string, axis: number): string =>
    net.op('Cast', [net.op('Slice', [net.op('Shape', [name]), net.ints([axis]), net.ints([axis + 1]), net.ints([0])])], { to: 1 });
  const due = net.op('Mul', [lengthOf('encoder_hidden_states', 1), net.floats([2])]);
  const over = net.op('Sub', [lengthOf('output_sequence', 1), due]);
  net.output(net.op('Sigmoid', [net.op('Mul', [over, net.floats([1, 1])])]), 'prob');
  return net.bytes(
    [
      value('output_sequence', 'float32', [1, 'decoder_sequence_length', melBins]),
      value('speaker_embeddings', 'float32', [1, speakerWidth]),
      value('encoder_hidden_states', 'float32', [1, 'encoder_sequence_length', speechWidth]),
      value('encoder_attention_mask', 'int64', [1, 'encoder_sequence_length']),
      ...pastInputs(speechShape, 1),
      value('use_cache_branch', 'bool', [1]),
    ],
    [
      value('output_sequence_out', 'float32', [1, 'decoder_sequence_length + 1', melBins]),
      value('spectrum', 'float32', [reduction, melBins]),
      value('prob', 'float32', [reduction]),
      ...presentOutputs(speechShape, 1),
    ],
  );
}

/** As Optimum's decoder_postnet_and_vocoder.onnx, and as the HiFi-GAN that is published beside the model. */
export function speechT5Vocoder(): Uint8Array {
  const net = new Net(33);
  const frames = net.op('Unsqueeze', [net.op('Transpose', ['spectrogram'], { perm: [1, 0] }), net.ints([0])]);
  net.output(net.op('Squeeze', [waveOf(net, frames, melBins, speechT5FrameSamples), net.ints([0])]), 'waveform');
  return net.bytes(
    [value('spectrogram', 'float32', ['n_spectrums x reduction_factor', melBins])],
    [value('waveform', 'float32', ['n_samples'])],
  );
}

export const kokoroConfig = { model_type: 'style_text_to_speech_2' };
export const kokoroSamplesPerSymbol = 600;
const styleWidth = 256;
/** One row for each length of text, as in the real voices (510 rows). */
export const kokoroVoice = (seed: number): Float32Array => noise(seed, 510 * styleWidth);

export function kokoroModel(): Uint8Array {
  const net = new Net(41);
  const rows = net.op('Gather', [net.weight([kokoroSymbols.length, depth], 0.5), 'input_ids']);
  const style = net.op('Unsqueeze', [net.op('MatMul', ['style', net.weight([styleWidth, depth], 0.05)]), net.ints([1])]);
  const frames = net.op('Transpose', [net.op('Add', [rows, style])], { perm: [0, 2, 1] });
  const pace = net.op('Concat', [net.floats([1, 1]), net.op('Div', [net.floats([1]), 'speed'])], { axis: 0 });
  const paced = net.op('Resize', [frames, '', pace], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric' });
  net.output(waveOf(net, paced, depth, kokoroSamplesPerSymbol), 'waveform');
  return net.bytes(
    [value('input_ids', 'int64', [1, 'sequence_length']), value('style', 'float32', [1, styleWidth]), value('speed', 'float32', [1])],
    [value('waveform', 'float32', [1, 'num_samples'])],
  );
}

const latentDim = 2;
const compress = 3;
const chunk = 128;
const toneWidth = 8;
const toneRows = 2;
const latentWidth = latentDim * compress;
export const supertonicConfig = {
  model_type: 'supertonic',
  architectures: ['SupertonicForConditionalGeneration'],
  sampling_rate: 44_100,
  chunk_compress_factor: compress,
  base_chunk_size: chunk,
  latent_dim: latentDim,
  style_dim: toneWidth,
};
/** Seconds that a symbol sounds for at a speed of 1. */
export const supertonicSecondsPerSymbol = 0.05;
export const supertonicVoice = (seed: number): Float32Array => noise(seed, toneRows * toneWidth);
const tone = value('style', 'float32', ['batch_size', 'style_length', toneWidth]);

export function supertonicTextEncoder(): Uint8Array {
  const net = new Net(51);
  const rows = net.op('Gather', [net.weight([supertonicSymbols.length, latentWidth], 1), 'input_ids']);
  const colour = net.op('MatMul', [net.op('ReduceMean', ['style'], { axes: [1], keepdims: 1 }), net.weight([toneWidth, latentWidth], 0.3)]);
  net.output(net.op('Transpose', [net.op('Add', [rows, colour])], { perm: [0, 2, 1] }), 'last_hidden_state');
  const heard = net.op('ReduceSum', [net.op('Cast', ['attention_mask'], { to: 1 }), net.ints([1])], { keepdims: 0 });
  net.output(net.op('Mul', [heard, net.floats([supertonicSecondsPerSymbol])]), 'durations');
  return net.bytes(
    [text('input_ids'), text('attention_mask'), tone],
    [value('last_hidden_state', 'float32', ['batch_size', latentWidth, 'sequence_length']), value('durations', 'float32', ['batch_size'])],
  );
}

export function supertonicDenoiser(): Uint8Array {
  const net = new Net(52);
  const meaning = net.op('ReduceMean', ['encoder_outputs'], { axes: [2], keepdims: 1 });
  const heard = net.op('Unsqueeze', [net.op('Cast', ['latent_mask'], { to: 1 }), net.ints([1])]);
  const words = net.op('ReduceMean', [net.op('Cast', ['attention_mask'], { to: 1 })], { axes: [1], keepdims: 1 });
  const part = net.op('Unsqueeze', [net.op('Div', ['timestep', 'num_inference_steps']), net.ints([1])]);
  const colour = net.op('ReduceMean', ['style'], { axes: [1, 2], keepdims: 0 });
  const shift = net.op('Unsqueeze', [
    net.op('Add', [net.op('Mul', [part, words]), net.op('Unsqueeze', [colour, net.ints([1])])]),
    net.ints([2]),
  ]);
  const nearer = net.op('Mul', [net.op('Add', ['noisy_latents', net.op('Add', [meaning, shift])]), net.floats([0.8])]);
  net.output(net.op('Mul', [nearer, heard]), 'denoised_latents');
  return net.bytes(
    [
      value('noisy_latents', 'float32', ['batch_size', latentWidth, 'latent_length']),
      value('latent_mask', 'int64', ['batch_size', 'latent_length']),
      tone,
      value('encoder_outputs', 'float32', ['batch_size', latentWidth, 'sequence_length']),
      text('attention_mask'),
      value('timestep', 'float32', ['batch_size']),
      value('num_inference_steps', 'float32', ['batch_size']),
    ],
    [value('denoised_latents', 'float32', ['batch_size', latentWidth, 'latent_length'])],
  );
}

export function supertonicVoiceDecoder(): Uint8Array {
  const net = new Net(53);
  net.output(waveOf(net, 'latents', latentWidth, chunk * compress), 'waveform');
  return net.bytes(
    [value('latents', 'float32', ['batch_size', latentWidth, 'latent_length'])],
    [value('waveform', 'float32', ['batch_size', 'num_samples'])],
  );
}

function noise(seed: number, count: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2_147_483_648 - 1;
  });
}
