/** The files of each tiny pack by their paths, in the layout of transformers.js. Nothing here touches the disk. */
import { encodecDecoder, musicgenConfig, musicgenDecoder, musicgenGenerationConfig, musicgenTextEncoder } from './musicgen.ts';
import {
  kokoroConfig,
  kokoroModel,
  kokoroVoice,
  speechT5Config,
  speechT5Decoder,
  speechT5Encoder,
  speechT5Preprocessor,
  speechT5Vocoder,
  speechT5Voice,
  supertonicConfig,
  supertonicDenoiser,
  supertonicTextEncoder,
  supertonicVoice,
  supertonicVoiceDecoder,
  vitsConfig,
  vitsModel,
  vitsTokenizerConfig,
} from './speech.ts';
import { kokoroTokenizer, speechT5Tokenizer, supertonicTokenizer, t5Tokenizer, vitsTokenizer, type Json } from './tokenizers.ts';

export type PackFiles = Record<string, Uint8Array>;
export const audioPackNames = ['musicgen', 'vits', 'speecht5', 'kokoro', 'supertonic'] as const;
export type AudioPackName = (typeof audioPackNames)[number];

const json = (content: Json): Uint8Array => new TextEncoder().encode(`${JSON.stringify(content, null, 1)}\n`);
const words = (content: string): Uint8Array => new TextEncoder().encode(content);
const raw = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const makers: Record<AudioPackName, () => PackFiles> = {
  musicgen: () => ({
    'README.md': words('---\nlicense: cc-by-nc-4.0\npipeline_tag: text-to-audio\n---\n'),
    'config.json': json(musicgenConfig),
    'generation_config.json': json(musicgenGenerationConfig),
    'tokenizer.json': json(t5Tokenizer),
    'tokenizer_config.json': json({
      tokenizer_class: 'T5Tokenizer',
      eos_token: '</s>',
      pad_token: '<pad>',
      unk_token: '<unk>',
      model_max_length: 512,
    }),
    'preprocessor_config.json': json({ feature_extractor_type: 'EncodecFeatureExtractor', sampling_rate: 32_000, feature_size: 1 }),
    'onnx/text_encoder.onnx': musicgenTextEncoder(),
    'onnx/decoder_model_merged.onnx': musicgenDecoder(),
    'onnx/encodec_decode.onnx': encodecDecoder(),
  }),
  vits: () => ({
    'README.md': words('---\nlicense: cc-by-nc-4.0\n---\n'),
    'config.json': json(vitsConfig),
    'tokenizer.json': json(vitsTokenizer),
    'tokenizer_config.json': json(vitsTokenizerConfig),
    'onnx/model.onnx': vitsModel(),
  }),
  speecht5: () => ({
    'README.md': words('---\nlicense: mit\n---\n'),
    'config.json': json(speechT5Config),
    'generation_config.json': json({ decoder_start_token_id: 2, eos_token_id: 2, pad_token_id: 1 }),
    'preprocessor_config.json': json(speechT5Preprocessor),
    'tokenizer.json': json(speechT5Tokenizer),
    'tokenizer_config.json': json({
      tokenizer_class: 'SpeechT5Tokenizer',
      eos_token: '</s>',
      pad_token: '<pad>',
      unk_token: '<unk>',
      model_max_length: 600,
    }),
    'onnx/encoder_model.onnx': speechT5Encoder(),
    'onnx/decoder_model_merged.onnx': speechT5Decoder(),
    'onnx/decoder_postnet_and_vocoder.onnx': speechT5Vocoder(),
    'speaker_embeddings.bin': raw(speechT5Voice(5)),
  }),
  kokoro: () => ({
    'README.md': words('---\nlicense: apache-2.0\n---\n'),
    'config.json': json(kokoroConfig),
    'tokenizer.json': json(kokoroTokenizer),
    'tokenizer_config.json': json({ tokenizer_class: 'PreTrainedTokenizer', model_max_length: 512, pad_token: '$', unk_token: '$' }),
    'onnx/model.onnx': kokoroModel(),
    'voices/af_heart.bin': raw(kokoroVoice(1)),
    'voices/bm_george.bin': raw(kokoroVoice(2)),
  }),
  supertonic: () => ({
    'README.md': words('---\nlicense: openrail\n---\n'),
    'config.json': json(supertonicConfig),
    'tokenizer.json': json(supertonicTokenizer),
    'tokenizer_config.json': json({
      tokenizer_class: 'PreTrainedTokenizer',
      pad_token: '<pad>',
      unk_token: '<unk>',
      model_max_length: 1000,
    }),
    'onnx/text_encoder.onnx': supertonicTextEncoder(),
    'onnx/latent_denoiser.onnx': supertonicDenoiser(),
    'onnx/voice_decoder.onnx': supertonicVoiceDecoder(),
    'voices/F1.bin': raw(supertonicVoice(1)),
    'voices/M1.bin': raw(supertonicVoice(2)),
  }),
};

/** The same bytes each time. */
export const audioPackFiles = (name: AudioPackName): PackFiles => makers[name]();

/** For SpeechT5: the vocoder that is published as a model of its own. */
export const hifiganFiles = (): PackFiles => ({
  'config.json': json({ model_type: 'hifigan', architectures: ['SpeechT5HifiGan'], sampling_rate: 16_000 }),
  'onnx/model.onnx': speechT5Vocoder(),
});
