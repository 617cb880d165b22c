import { beforeAll, describe, expect, it } from 'vitest';
import { packIdSchema } from '../../../shared/domain/ids.ts';
import { packManifestSchema, type PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { packTokenizer } from '../../tokenizers/pack-tokenizer.ts';
import { openTinyPack, type TinyPack } from '../../testing/tiny-pack.ts';
import type { TensorValue } from '../../runtime.ts';
import { floatsOf } from './tensors.ts';
import { encodePrompts, type EncodedPrompts, type EncodeOptions } from './text-encoder.ts';

const plain: EncodeOptions = { clipSkip: 0, loras: [], embeddings: [] };
const positive = (text: string) => ({ text, negative: false });
const negative = (text: string) => ({ text, negative: true });

async function encode(pack: TinyPack, texts: readonly string[], options = plain): Promise<EncodedPrompts> {
  return encodePrompts(pack.context, texts.map(positive), options);
}

const tokenizerOf = (pack: TinyPack, folder: string) => packTokenizer(pack.context.manifest, folder, (file) => pack.context.packText(file));

/** What a graph gives for one chunk, asked directly. */
async function direct(pack: TinyPack, file: string, tokenizer: string, text: string): Promise<Record<string, TensorValue>> {
  const opened = await tokenizerOf(pack, tokenizer);
  const { bos, eos, pad } = opened;
  const ids = [bos, ...opened.encode(text), eos];
  const all = [...ids, ...Array<number>(77 - ids.length).fill(pad)];
  const session = await pack.session(file);
  const int32 = session.inputs[0]?.type === 'int32';
  const data = int32 ? Int32Array.from(all) : BigInt64Array.from(all, BigInt);
  return session.run({ input_ids: { type: int32 ? 'int32' : 'int64', dims: [1, 77], data } });
}

const floats = (values: Record<string, TensorValue>, name: string): Float32Array => {
  const value = values[name];
  if (value === undefined) throw new Error(`no ${name} among ${Object.keys(values).join()}`);
  return floatsOf(value);
};

describe.each(['sd15', 'sd15-legacy', 'sd15-v', 'sd-turbo', 'lcm'])('the encoder of %s', (name) => {
  const pack = openTinyPack(name);

  it('gives the last states bit for bit, and lets the graph go', async () => {
    const { conditionings, tokenCounts } = await encode(pack, ['a red apple icon', '(a red apple icon:1.0)']);
    const states = floats(await direct(pack, 'text_encoder/model.onnx', 'tokenizer', 'a red apple icon'), 'last_hidden_state');
    expect(conditionings[0]).toEqual({ states, tokens: 77, width: states.length / 77, pooled: null });
    expect(conditionings[1]?.states).toEqual(states);
    expect(tokenCounts[0]).toBeGreaterThan(3);
    expect(pack.letGo).toEqual(['text_encoder/model.onnx']);
    expect(pack.opened[0]?.changes).toBeUndefined();
  });
});

describe('long prompts and weights', () => {
  const pack = openTinyPack('sd15');
  const file = 'text_encoder/model.onnx';
  let width = 0;
  beforeAll(async () => {
    width = (await encode(pack, [''])).conditionings[0]?.width ?? 0;
  });

  it('are chunks side by side, and short prompts get empty ones', async () => {
    const { conditionings } = await encode(pack, ['red BREAK apple', 'table', '']);
    expect(conditionings.map(({ tokens }) => tokens)).toEqual([154, 154, 154]);
    const one = async (text: string): Promise<Float32Array> => floats(await direct(pack, file, 'tokenizer', text), 'last_hidden_state');
    const [red, apple, table, empty] = [await one('red'), await one('apple'), await one('table'), await one('')];
    expect(conditionings.map(({ states }) => [...states])).toEqual([
      [...red, ...apple],
      [...table, ...empty],
      [...empty, ...empty],
    ]);
  });

  it('multiply a token’s states and keep the chunk’s mean', async () => {
    const { conditionings } = await encode(pack, ['red apple', 'red (apple:1.5)']);
    const [even, weighted] = conditionings.map(({ states }) => states);
    if (even === undefined || weighted === undefined) throw new Error('no states');
    const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(weighted)).toBeCloseTo(mean(even), 5);
    const tokenizer = await tokenizerOf(pack, 'tokenizer');
    const first = 1 + tokenizer.encode('red').length;
    const ratio = (token: number): number => (weighted[token * width] ?? 0) / (even[token * width] ?? 1);
    expect(ratio(first) / ratio(0)).toBeCloseTo(1.5, 4);
    expect(ratio(76)).toBeCloseTo(ratio(0), 5);
    // By hand: the mean after weighting alone.
    let after = 0;
    const last = first + tokenizer.encode('apple').length;
    for (const [index, value] of even.entries()) {
      const token = Math.floor(index / width);
      after += value * (token >= first && token < last ? 1.5 : 1);
    }
    expect(ratio(0)).toBeCloseTo((mean(even) * even.length) / after, 4);
  });
});

describe('SDXL', () => {
  const pack = openTinyPack('sdxl');

  it('joins the states before the last layer of both encoders and pools the second', async () => {
    const text = 'a blue marble';
    const { conditionings } = await encode(pack, [text]);
    const first = await direct(pack, 'text_encoder/model.onnx', 'tokenizer', text);
    const second = await direct(pack, 'text_encoder_2/model.onnx', 'tokenizer_2', text);
    const layers = Object.keys(first).filter((name) => name.startsWith('hidden_states')).length - 1;
    const layers2 = Object.keys(second).filter((name) => name.startsWith('hidden_states')).length - 1;
    const [a, b] = [floats(first, `hidden_states.${String(layers - 1)}`), floats(second, `hidden_states.${String(layers2 - 1)}`)];
    const [width, width2] = [a.length / 77, b.length / 77];
    const expected = Array.from({ length: 77 }, (_value, token) => [
      ...a.subarray(token * width, (token + 1) * width),
      ...b.subarray(token * width2, (token + 1) * width2),
    ]).flat();
    expect([...(conditionings[0]?.states ?? [])]).toEqual(expected);
    expect(conditionings[0]).toMatchObject({ tokens: 77, width: width + width2, pooled: floats(second, 'text_embeds') });
    expect(pack.letGo).toEqual(['text_encoder/model.onnx', 'text_encoder_2/model.onnx']);
  });

  it('pools the first chunk of a long prompt', async () => {
    const { conditionings } = await encode(pack, ['red BREAK apple', 'red']);
    expect(conditionings[0]?.tokens).toBe(154);
    expect(conditionings[0]?.pooled).toEqual(conditionings[1]?.pooled);
  });

  it('takes zeros for an empty negative prompt, unless the pack says otherwise', async () => {
    const prompts = [positive('red'), negative(''), negative('blurry')];
    const { conditionings } = await encodePrompts(pack.context, prompts, plain);
    expect(conditionings.map(({ states }) => states.every((value) => value === 0))).toEqual([false, true, false]);
    expect(conditionings.map(({ pooled }) => pooled?.every((value) => value === 0))).toEqual([false, true, false]);
    const encoded = openTinyPack('sdxl', { zeroEmptyNegative: false });
    const others = (await encodePrompts(encoded.context, prompts, plain)).conditionings;
    expect(others[1]?.states.every((value) => value === 0)).toBe(false);
    const { conditionings: sd } = await encodePrompts(openTinyPack('sd15').context, prompts, plain);
    expect(sd[1]?.states.every((value) => value === 0)).toBe(false);
  });

  it('refiner: the second encoder alone', async () => {
    const refiner = openTinyPack('sdxl', { architecture: 'sdxl-refiner', aestheticScore: true });
    const { conditionings } = await encode(refiner, ['red']);
    expect(refiner.letGo).toEqual(['text_encoder_2/model.onnx']);
    expect(conditionings[0]?.pooled).not.toBeNull();
  });
});

describe('clip skip', () => {
  it('says what is missing where the graph gives no hidden states out', async () => {
    await expect(encode(openTinyPack('sd15'), ['red'], { ...plain, clipSkip: 1 })).rejects.toMatchObject({
      code: 'unsupported',
      action: expect.stringContaining('clip skip to 0') as string,
    });
  });

  it('normalises an earlier layer as the last one is', async () => {
    // SDXL's first encoder has hidden states and last_hidden_state: as an SD encoder it can skip.
    const pack = openTinyPack('sdxl', { architecture: 'sd' });
    const values = await direct(pack, 'text_encoder/model.onnx', 'tokenizer', 'a blue marble');
    const { conditionings } = await encode(pack, ['a blue marble'], { ...plain, clipSkip: 1 });
    const states = conditionings[0]?.states ?? new Float32Array();
    const width = conditionings[0]?.width ?? 1;
    const layers = Object.keys(values).filter((name) => name.startsWith('hidden_states')).length - 1;
    const raw = floats(values, `hidden_states.${String(layers - 1)}`);
    // Whatever gain and bias are, they are one straight line a channel: skip 0 and skip 1 share it.
    const last = floats(values, 'last_hidden_state');
    const lastRaw = floats(values, `hidden_states.${String(layers)}`);
    const norm = (row: Float32Array): Float32Array => {
      const mean = row.reduce((sum, value) => sum + value, 0) / width;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
    };
    const row = (all: Float32Array, token: number): Float32Array => all.subarray(token * width, (token + 1) * width);
    for (let channel = 0; channel < width; channel += 1) {
      const [x0, x1] = [norm(row(lastRaw, 0))[channel] ?? 0, norm(row(lastRaw, 2))[channel] ?? 0];
      const [y0, y1] = [row(last, 0)[channel] ?? 0, row(last, 2)[channel] ?? 0];
      if (Math.abs(x1 - x0) < 0.2) continue;
      const gain = (y1 - y0) / (x1 - x0);
      const expected = y0 + gain * ((norm(row(raw, 3))[channel] ?? 0) - x0);
      expect(row(states, 3)[channel]).toBeCloseTo(expected, 3);
    }
  });

  it('counts from the layer before the last in SDXL', async () => {
    const pack = openTinyPack('sdxl');
    const { conditionings } = await encode(pack, ['a blue marble'], { ...plain, clipSkip: 1 });
    const values = await direct(pack, 'text_encoder/model.onnx', 'tokenizer', 'a blue marble');
    const layers = Object.keys(values).filter((name) => name.startsWith('hidden_states')).length - 1;
    const width = floats(values, 'hidden_states.0').length / 77;
    expect(conditionings[0]?.states.subarray(0, width)).toEqual(floats(values, `hidden_states.${String(layers - 2)}`).subarray(0, width));
  });
});

describe('embeddings', () => {
  const id = packIdSchema.parse('my-style');
  const embedding = (width2: number | null, token = '<my-style>'): PackManifest =>
    packManifestSchema.parse({
      formatVersion: 1,
      id,
      name: 'My style',
      version: '1.0.0',
      task: 'embedding',
      family: 'other',
      licence: null,
      model: 'style.safetensors',
      files: [{ path: 'style.safetensors', sha256: 'a'.repeat(64), sizeBytes: 1 }],
      convention: { task: 'embedding', weights: 'style.safetensors', token, vectors: 3, width: 32, width2 },
    });
  const withPack = (name: string, manifest: PackManifest): TinyPack => {
    const pack = openTinyPack(name);
    pack.context.addOn = () => ({ manifest, bytes: () => Promise.resolve(new Uint8Array()) });
    return pack;
  };
  const options = { ...plain, embeddings: [id] };

  it('ask for the change of the graph and put the rows’ ids where the word stands', async () => {
    const pack = withPack('sd15', embedding(null));
    const { tokenCounts } = await encode(pack, ['red <my-style>', '']);
    expect(pack.opened.at(-1)?.changes).toBeUndefined();
    const withWord = await encode(pack, ['red <my-style>', ''], options);
    const changes = pack.opened.at(-1)?.changes;
    const { eos, vocabularySize } = await tokenizerOf(pack, 'tokenizer');
    expect(changes).toEqual({ loras: [], freeU: null, embeddings: [{ packId: id, encoder: 1, firstId: eos - 4 }] });
    expect(eos).toBe(vocabularySize - 1);
    expect(withWord.tokenCounts[0]).toBeLessThan(tokenCounts[0] ?? 0);
  });

  it('change nothing when their word is in no prompt, and say so', async () => {
    const pack = withPack('sd15', embedding(null));
    await encode(pack, ['red'], options);
    expect(pack.opened.at(-1)?.changes).toBeUndefined();
    expect(pack.notes).toEqual([expect.stringContaining('<my-style>')]);
  });

  it('of another kind of model are refused by name', async () => {
    await expect(encode(withPack('sd15', embedding(64)), ['<my-style>'], options)).rejects.toMatchObject({
      code: 'model-mismatch',
      message: expect.stringContaining('My style') as string,
    });
    await expect(encode(withPack('sdxl', embedding(null)), ['<my-style>'], options)).rejects.toMatchObject({ code: 'model-mismatch' });
  });

  it('go to both encoders of SDXL', async () => {
    const pack = withPack('sdxl', embedding(64));
    await encode(pack, ['<my-style>'], options);
    expect(pack.opened.map(({ changes }) => changes?.embeddings?.[0]?.encoder)).toEqual([1, 2]);
  });
});

describe('failures', () => {
  it('a cancel ends between chunks', async () => {
    const pack = openTinyPack('sd15');
    const controller = new AbortController();
    controller.abort();
    pack.context.signal = controller.signal;
    await expect(encode(pack, ['red'])).rejects.toThrow();
    expect(pack.letGo).toEqual(['text_encoder/model.onnx']);
  });

  it('another graph in the encoder’s place is named', async () => {
    const pack = openTinyPack('sd15');
    pack.context.convention = { ...pack.convention, parts: { ...pack.convention.parts, textEncoder: 'unet/model.onnx' } };
    await expect(encode(pack, ['red'])).rejects.toMatchObject({ code: 'model-mismatch' });
  });
});
