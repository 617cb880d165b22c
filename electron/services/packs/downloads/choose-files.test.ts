import { expect, it } from 'vitest';
import { variantsOf } from './choose-files.ts';
import type { RepositoryFile } from './hub-api.ts';

const files = (paths: readonly string[]): RepositoryFile[] =>
  paths.map((path) => ({ path, sizeBytes: 10, digest: { kind: 'git-blob', hex: '0'.repeat(40) } }));
const chosen = (paths: readonly string[], tags: readonly string[] = []): Record<string, string[]> =>
  Object.fromEntries(variantsOf(files(paths), tags).map(({ label, files: list }) => [label, list.map(({ target }) => target).sort()]));

const optimum = [
  '.gitattributes',
  'README.md',
  'LICENSE.md',
  'model_index.json',
  'preview.png',
  'scheduler/scheduler_config.json',
  'tokenizer/vocab.json',
  'tokenizer/merges.txt',
  'text_encoder/model.onnx',
  'text_encoder/config.json',
  'text_encoder/model.safetensors',
  'unet/model.onnx',
  'unet/model.onnx_data',
  'unet/diffusion_pytorch_model.bin',
  'vae_decoder/model.onnx',
  'vae_encoder/model.onnx',
  'safety_checker/model.onnx',
  'feature_extractor/preprocessor_config.json',
];

it('takes graphs, their data, configuration, tokenizers and the licence of a diffusion folder', () => {
  expect(chosen(optimum)).toEqual({
    'The whole model': [
      'LICENSE.md',
      'README.md',
      'model_index.json',
      'scheduler/scheduler_config.json',
      'text_encoder/config.json',
      'text_encoder/model.onnx',
      'tokenizer/merges.txt',
      'tokenizer/vocab.json',
      'unet/model.onnx',
      'unet/model.onnx_data',
      'vae_decoder/model.onnx',
      'vae_encoder/model.onnx',
    ],
  });
});

it('takes the tensors that old exports keep in files of their own', () => {
  const old = ['unet/model.onnx', 'unet/weights.pb', 'unet/onnx__MatMul_9551', 'vae_decoder/model.onnx'];
  expect(chosen(old)['The whole model']).toEqual([...old].sort());
});

it('offers number formats as variants, half precision first, each with its own data', () => {
  const found = variantsOf(
    files([
      'text_encoder/model.onnx',
      'unet/model.onnx',
      'unet/model.onnx_data',
      'unet/model_fp16.onnx',
      'unet/model_fp16.onnx_data',
      'unet/config.json',
      'vae_decoder/model.onnx',
      'vae_decoder/model_fp16.onnx',
    ]),
    [],
  );
  expect(found.map(({ label }) => label)).toEqual(['fp16', 'The whole model']);
  expect(found[0]?.files.map(({ target }) => target)).toEqual([
    'text_encoder/model.onnx',
    'unet/model_fp16.onnx',
    'unet/model_fp16.onnx_data',
    'unet/config.json',
    'vae_decoder/model_fp16.onnx',
  ]);
});

it('offers folders that repeat the model, and shares with them what only the root has', () => {
  const found = variantsOf(
    files([
      'LICENSE',
      'model_index.json',
      'tokenizer/vocab.json',
      'tokenizer/merges.txt',
      ...['fp16', 'fp32'].flatMap((folder) => [`onnx/${folder}/unet/model.onnx`, `onnx/${folder}/vae_decoder/model.onnx`]),
    ]),
    [],
  );
  expect(found.map(({ label }) => label)).toEqual(['in onnx/fp16/', 'in onnx/fp32/']);
  expect(found[0]?.files.map(({ path, target }) => `${path} > ${target}`).sort()).toEqual([
    'LICENSE > LICENSE',
    'model_index.json > model_index.json',
    'onnx/fp16/unet/model.onnx > unet/model.onnx',
    'onnx/fp16/vae_decoder/model.onnx > vae_decoder/model.onnx',
    'tokenizer/merges.txt > tokenizer/merges.txt',
    'tokenizer/vocab.json > tokenizer/vocab.json',
  ]);
});

it('offers every single graph on its own, with the data named for it', () => {
  expect(chosen(['README.md', 'lama.onnx', 'lama_fp16.onnx', 'lama_fp16.onnx.data', 'config.json', 'a.png'])).toEqual({
    'lama_fp16.onnx': ['README.md', 'lama_fp16.onnx', 'lama_fp16.onnx.data'],
    'lama.onnx': ['README.md', 'lama.onnx'],
  });
  expect(chosen(['onnx/model.onnx', 'onnx/weights.pb', 'model.safetensors'])).toEqual({ 'onnx/model.onnx': ['model.onnx', 'weights.pb'] });
});

it('offers LoRAs and embeddings by what the hub says they are', () => {
  expect(variantsOf(files(['pixel.safetensors']), ['lora']).map(({ kind }) => kind)).toEqual(['lora']);
  expect(variantsOf(files(['learned_embeds.safetensors']), []).map(({ kind }) => kind)).toEqual(['embedding']);
  expect(variantsOf(files(['model.safetensors']), [])).toEqual([]);
});

it('takes all of a pack of Kiln’s own, but nothing hidden', () => {
  expect(chosen(['.gitattributes', 'kiln.json', 'a/model.onnx', 'MODEL_CARD.md'])).toEqual({
    'Kiln pack': ['MODEL_CARD.md', 'a/model.onnx', 'kiln.json'],
  });
});

it('takes one precision of a sound model, with its configuration and voices', () => {
  const kokoro = [
    'README.md',
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/model.onnx',
    'onnx/model_fp16.onnx',
    'onnx/model_q4.onnx',
  ];
  const voices = ['voices/af_heart.bin', 'voices/bm_george.bin'];
  const words = ['README.md', 'config.json', 'tokenizer.json', 'tokenizer_config.json'];
  expect(chosen([...kokoro, ...voices, 'samples/a.wav'])).toEqual({
    'The whole model': [...words, 'onnx/model.onnx', ...voices].sort(),
    fp16: [...words, 'onnx/model_fp16.onnx', ...voices].sort(),
    q4: [...words, 'onnx/model_q4.onnx', ...voices].sort(),
  });
  const music = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json'];
  const graphs = [
    'onnx/text_encoder.onnx',
    'onnx/encodec_decode.onnx',
    'onnx/decoder_model_merged.onnx',
    'onnx/decoder_model_merged.onnx_data',
  ];
  const small = ['onnx/decoder_model_merged_quantized.onnx', 'onnx/text_encoder_quantized.onnx'];
  const found = variantsOf(files([...music, ...graphs, ...small, 'onnx/decoder_with_past_model.onnx', 'model.safetensors']), []);
  expect(found.map(({ kind, label }) => [kind, label])).toEqual([
    ['audio', 'The whole model'],
    ['audio', 'quantized'],
  ]);
  expect(found[0]?.files.map(({ target }) => target).sort()).toEqual([...music, ...graphs].sort());
  expect(found[1]?.files.map(({ target }) => target).sort()).toEqual([...music, ...small, 'onnx/encodec_decode.onnx'].sort());
  // Without a word that it speaks, one graph is one graph.
  const plain = ['config.json', 'tokenizer.json', 'onnx/model.onnx'];
  expect(variantsOf(files(plain), []).map(({ kind }) => kind)).toEqual(['graph']);
  expect(variantsOf(files(plain), ['text-to-speech']).map(({ kind }) => kind)).toEqual(['audio']);
});
