import { mkdir, mkdtemp, readdir, rename, rm, symlink, truncate, writeFile, copyFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { audioPackFiles, audioPackNames, hifiganFiles, type AudioPackName } from '../../../../models/testing/audio-packs/packs.ts';
import { writeFiles } from '../../../../models/testing/audio-packs/write-packs.ts';
import { uploadResultSchema } from '../../../../shared/contract/upload.ts';
import type { AudioConvention } from '../../../../shared/domain/music-convention.ts';
import type { Pack } from '../../../../shared/domain/pack.ts';
import { openTestStudio, type TestStudio } from '../../testing/studio-host.ts';

// Every import starts processes, and many do so at once when all tests run.
vi.setConfig({ testTimeout: 120_000 });

const lfsPointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1719000000\n';

let data: string;
let folder: string;
let open: TestStudio;

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'kiln-sounds-'));
  open = await openTestStudio(data);
});
afterAll(async () => {
  await open.studio.dispose();
  await rm(data, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-sounds-from-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const { builtIn, manifest } of await open.studio.router.call('packs.list', undefined)) {
    if (!builtIn) await open.studio.router.call('packs.remove', { id: manifest.id });
  }
});

const bring = (path: string): Promise<Pack> => open.studio.router.call('packs.import', { from: { kind: 'path', path } });

function copyOf(name: AudioPackName, under = name as string): string {
  const path = join(folder, under);
  writeFiles(path, audioPackFiles(name));
  return path;
}

function audioOf({ manifest: { convention } }: Pack): AudioConvention {
  if (convention.task !== 'audio') throw new Error(`It became a pack for ${convention.task}.`);
  return convention;
}
const pathsOf = ({ manifest: { files } }: Pack): string[] => files.map(({ path }) => path);
const noRest = async (): Promise<string[]> => (await readdir(join(data, 'packs'))).filter((name) => name.startsWith('.importing'));

describe('folders people have', () => {
  const expected: Record<AudioPackName, Partial<AudioConvention>> = {
    musicgen: {
      makes: 'music',
      architecture: 'musicgen',
      sampleRate: 32_000,
      longestSeconds: 30,
      voices: [],
      graphs: {
        text_encoder: 'onnx/text_encoder.onnx',
        decoder_model_merged: 'onnx/decoder_model_merged.onnx',
        encodec_decode: 'onnx/encodec_decode.onnx',
      },
    },
    vits: { makes: 'speech', architecture: 'vits', sampleRate: 16_000, longestSeconds: null },
    speecht5: { makes: 'speech', architecture: 'speecht5', sampleRate: 16_000, voices: ['speaker_embeddings'] },
    kokoro: { makes: 'speech', architecture: 'style_text_to_speech_2', sampleRate: 24_000, voices: ['af_heart', 'bm_george'] },
    supertonic: { makes: 'speech', architecture: 'supertonic', sampleRate: 44_100, voices: ['F1', 'M1'] },
  };

  it.each(audioPackNames)('takes %s by what its configuration says, whatever the folder is called', async (name) => {
    const pack = await bring(copyOf(name, 'My model'));
    expect(pack.status).toEqual({ state: 'ready' });
    expect(pack.manifest).toMatchObject({ name: 'My model', task: 'audio' });
    expect(pack.manifest.licence).toMatch(/cc-by-nc-4\.0|mit|apache-2\.0|openrail/);
    expect(audioOf(pack)).toMatchObject({ precision: '', ...expected[name] });
    const request = await open.studio.router.call('packs.selfTestRequest', { id: pack.manifest.id });
    expect(request).toMatchObject({ kind: 'audio', params: { text: 'Good morning.' } });
    await expect(bring(join(folder, 'My model'))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('takes the most exact precision of each part, leaves the others, and says so', async () => {
    const path = copyOf('musicgen');
    for (const suffix of ['_fp16', '_quantized', '_q4'])
      await copyFile(join(path, 'onnx/text_encoder.onnx'), join(path, `onnx/text_encoder${suffix}.onnx`));
    await copyFile(join(path, 'onnx/decoder_model_merged.onnx'), join(path, 'onnx/decoder_model_merged_q4.onnx'));
    await rename(join(path, 'onnx/decoder_model_merged.onnx'), join(path, 'onnx/decoder_model_merged_quantized.onnx'));
    await writeFile(join(path, 'onnx/build_delay_pattern_mask.onnx'), 'not needed');
    await writeFile(join(path, 'model.safetensors'), 'not wanted');
    const pack = await bring(path);
    expect(audioOf(pack)).toMatchObject({
      precision: '_quantized',
      graphs: { text_encoder: 'onnx/text_encoder.onnx', decoder_model_merged: 'onnx/decoder_model_merged_quantized.onnx' },
    });
    expect(pathsOf(pack).filter((file) => file.endsWith('.onnx'))).toHaveLength(3);
    expect(pathsOf(pack)).not.toContain('model.safetensors');
    expect(pack.manifest.description).toBe(
      'MusicGen, fp32 and quantized. The folder also had fp16, quantized, q4: for one of them, import a folder with its files alone.',
    );
  });

  it('takes graphs that lie beside the configuration, as Optimum writes them', async () => {
    const path = copyOf('vits');
    await rename(join(path, 'onnx/model.onnx'), join(path, 'model.onnx'));
    expect(audioOf(await bring(path)).graphs).toEqual({ model: 'model.onnx' });
  });

  it('takes SpeechT5 with its vocoder in a folder beside it', async () => {
    const path = copyOf('speecht5', 'both/speecht5_tts');
    await rm(join(path, 'onnx/decoder_postnet_and_vocoder.onnx'));
    await expect(bring(join(folder, 'both'))).rejects.toMatchObject({
      code: 'pack-invalid',
      message: expect.stringMatching(/vocoder/) as string,
    });
    writeFiles(join(folder, 'both/speecht5_hifigan'), hifiganFiles());
    const pack = await bring(join(folder, 'both'));
    expect(audioOf(pack).graphs['vocoder']).toBe('vocoder/onnx/model.onnx');
    expect(pack.manifest).toMatchObject({ name: 'speecht5_tts', licence: 'mit' });
  });

  it('tries a voice of another script with its own letters', async () => {
    const path = copyOf('vits');
    const turned = (letters: string): string =>
      letters.replace(/[a-z]/g, (letter) => String.fromCharCode(0x430 + letter.charCodeAt(0) - 97));
    const cyrillic = (await readFile(join(path, 'tokenizer.json'), 'utf8')).replace(/"[a-z]": \d|abcdefghijklmnopqrstuvwxyz/g, turned);
    await writeFile(join(path, 'tokenizer.json'), cyrillic);
    expect(audioOf(await bring(path)).sampleText).toMatch(/^\p{Script=Cyrillic}+$/u);
  });

  it('takes files that were uploaded one by one', async () => {
    const files = [];
    for (const [path, bytes] of Object.entries(audioPackFiles('supertonic'))) {
      const named = `supertonic/${path}`;
      const query = new URLSearchParams({ purpose: 'pack', name: named }).toString();
      const response = await open.studio.handleRequest(
        new Request(`http://127.0.0.1/upload?${query}`, { method: 'POST', body: Uint8Array.from(bytes) }),
      );
      const result = uploadResultSchema.parse(await response.json());
      if (result.purpose === 'pack') files.push({ uploadId: result.uploadId, path: named });
    }
    const pack = await open.studio.router.call('packs.import', { from: { kind: 'uploads', files, folderName: 'supertonic' } });
    expect(audioOf(pack).voices).toEqual(['F1', 'M1']);
  });
});

describe('folders that are not whole, or not for Kiln', () => {
  const config = (path: string, change: (text: string) => string) => async (root: string) => {
    const file = join(root, path);
    await writeFile(file, change(await readFile(file, 'utf8')));
  };
  const cases: readonly (readonly [string, AudioPackName, (path: string) => Promise<unknown>, string, RegExp])[] = [
    [
      'no decoder',
      'musicgen',
      (path) => rm(join(path, 'onnx/decoder_model_merged.onnx')),
      'pack-invalid',
      /there is no onnx\/decoder_model_merged\.onnx/,
    ],
    ['no tokenizer', 'vits', (path) => rm(join(path, 'tokenizer.json')), 'pack-invalid', /no tokenizer\.json/],
    ['no voice', 'kokoro', (path) => rm(join(path, 'voices'), { recursive: true }), 'pack-invalid', /needs at least one voice/],
    [
      'no speaker embeddings',
      'speecht5',
      (path) => rm(join(path, 'speaker_embeddings.bin')),
      'pack-invalid',
      /SpeechT5 needs at least one voice/,
    ],
    [
      'voices of another size',
      'supertonic',
      (path) => writeFile(join(path, 'voices/F1.bin'), 'x').then(() => writeFile(join(path, 'voices/M1.bin'), 'x')),
      'pack-invalid',
      /needs at least one voice/,
    ],
    [
      'a Git LFS pointer for a graph',
      'vits',
      (path) => writeFile(join(path, 'onnx/model.onnx'), lfsPointer),
      'pack-invalid',
      /Git LFS pointer/,
    ],
    ['half a graph', 'vits', (path) => truncate(join(path, 'onnx/model.onnx'), 3000), 'pack-invalid', /^onnx\/model\.onnx: .*cut short/],
    ['torch weights only', 'vits', (path) => rm(join(path, 'onnx'), { recursive: true }), 'unsupported', /without ONNX graphs/],
    [
      'MusicGen Melody',
      'musicgen',
      config('config.json', (text) => text.replace('"musicgen"', '"musicgen_melody"')),
      'unsupported',
      /MusicGen Melody/,
    ],
    ['Bark', 'vits', config('config.json', (text) => text.replace('"vits"', '"bark"')), 'unsupported', /Bark/],
    [
      'stereo',
      'musicgen',
      config('config.json', (text) => text.replaceAll('"audio_channels": 1', '"audio_channels": 2')),
      'unsupported',
      /stereo/,
    ],
    [
      'another size’s configuration',
      'musicgen',
      config('config.json', (text) => text.replace('"num_hidden_layers": 2', '"num_hidden_layers": 24')),
      'model-mismatch',
      /24 layers/,
    ],
    [
      'a configuration without sense',
      'musicgen',
      config('config.json', (text) => text.replace('"sampling_rate"', '"rate"')),
      'pack-invalid',
      /config\.json/,
    ],
    ['a rate that is none', 'vits', config('config.json', (text) => text.replace('16000', '16')), 'pack-invalid', /16 Hz/],
    ['a broken tokenizer', 'vits', (path) => writeFile(join(path, 'tokenizer.json'), '{"model": 7}'), 'pack-invalid', /tokenizer\.json/],
    [
      'another model’s graph',
      'kokoro',
      (path) => writeFile(join(path, 'onnx/model.onnx'), audioPackFiles('vits')['onnx/model.onnx'] ?? ''),
      'model-mismatch',
      /no input "style"/,
    ],
    [
      'the codec in the decoder’s place',
      'musicgen',
      (path) => copyFile(join(path, 'onnx/encodec_decode.onnx'), join(path, 'onnx/decoder_model_merged.onnx')),
      'model-mismatch',
      /no input "input_ids"/,
    ],
    ['a link out of the folder', 'vits', (path) => symlink('/etc/hostname', join(path, 'voices.bin')), 'pack-hostile', /link/],
  ];

  it.each(cases)('refuses one with %s', async (_what, name, damage, code, message) => {
    const path = copyOf(name);
    await damage(path);
    const before = await readdir(join(data, 'packs')).catch(() => []);
    await expect(bring(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      action: expect.any(String) as string,
    });
    expect(await readdir(join(data, 'packs')).catch(() => [])).toEqual(before);
  });

  it('refuses weights that make no sound, after a try', async () => {
    const path = copyOf('vits');
    const file = join(path, 'onnx/model.onnx');
    const broken = await readFile(file);
    const at = largestBlock(broken);
    broken.fill(0xff, at.start, at.end);
    await writeFile(file, broken);
    await expect(bring(path)).rejects.toMatchObject({
      code: 'model-output-invalid',
      message: expect.stringMatching(/made no sound/) as string,
    });
  });

  it('is none of a model of something else', async () => {
    await mkdir(join(folder, 'bert/onnx'), { recursive: true });
    await writeFile(join(folder, 'bert/config.json'), '{"model_type": "bert"}');
    await writeFile(join(folder, 'bert/onnx/model.onnx'), audioPackFiles('vits')['onnx/model.onnx'] ?? '');
    await expect(bring(join(folder, 'bert'))).rejects.toMatchObject({ code: 'pack-invalid' });
    expect(await noRest()).toEqual([]);
  });
});

/** The last initializer's raw data: ConvTranspose weights of 4 x 1 x 256 floats. */
function largestBlock(graph: Buffer): { start: number; end: number } {
  const bytes = 4 * 256 * 4;
  const head = Buffer.from([9 * 8 + 2, 0x80 | (bytes & 0x7f), bytes >> 7]);
  const at = graph.indexOf(head);
  if (at < 0) throw new Error('The tiny graph has changed its shape.');
  return { start: at + head.length, end: at + head.length + bytes };
}
