/** Mistakes that programs make when they call diffusion graphs: each changes what a reference run ends with. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { TensorValue } from '../../runtime.ts';

type Feeds = Readonly<Record<string, TensorValue>>;

export interface Trap {
  what: string;
  /** Name of a reference case. */
  run: string;
  /** The inputs given instead; null: this graph is left alone. */
  tamper: (part: string, feeds: Feeds) => Record<string, TensorValue> | null;
}

const given = (feeds: Feeds, name: string): TensorValue => {
  const value = feeds[name];
  if (value === undefined) throw new Error(`There is no input "${name}".`);
  return value;
};

const withFloats = (value: TensorValue, change: (level: number, index: number) => number): TensorValue => ({
  ...value,
  data: (value.data as Float32Array).map(change),
});

const withIds = (value: TensorValue, from: number, to: number | undefined): TensorValue => ({
  ...value,
  data: (value.data as BigInt64Array).map((id) => (id === BigInt(from) ? BigInt(to ?? -1) : id)),
});

/** Items of a batch of two the other way round. */
function swapped(value: TensorValue): TensorValue {
  const half = value.data.length / 2;
  const all = value.data as Float32Array;
  return withFloats(value, (_, index) => all[(index + half) % all.length] ?? 0);
}

/** sqrt(sigma^2 + 1) of a timestep, for Stable Diffusion's noise levels. */
function scaleAt(timestep: number): number {
  let product = 1;
  for (let t = 0; t <= timestep; t += 1) product *= 1 - (Math.sqrt(0.00085) + ((Math.sqrt(0.012) - Math.sqrt(0.00085)) * t) / 999) ** 2;
  return 1 / Math.sqrt(product);
}

const unet =
  (change: (feeds: Feeds) => Record<string, TensorValue>): Trap['tamper'] =>
  (part, feeds) =>
    part === 'unet' ? change(feeds) : null;
const unetFloats = (name: string, change: (level: number, index: number) => number): Trap['tamper'] =>
  unet((feeds) => ({ [name]: withFloats(given(feeds, name), change) }));

/** Ids of the packs' vocabulary; "!" comes first in CLIP's. */
const exclamationMark = 0;
const endOfText = z
  .record(z.string(), z.int())
  .parse(JSON.parse(readFileSync(new URL('packs/sdxl/tokenizer/vocab.json', import.meta.url), 'utf8')))['<|endoftext|>'];

export const traps: readonly Trap[] = [
  {
    what: 'the halves of guidance the wrong way round',
    run: 'empty negative prompt',
    tamper: unet((feeds) => ({ encoder_hidden_states: swapped(given(feeds, 'encoder_hidden_states')) })),
  },
  {
    what: 'a sample that is not scaled',
    run: 'Euler at 64 × 96',
    tamper: unet((feeds) => {
      const scale = scaleAt(given(feeds, 'timestep').data[0] as number);
      return { sample: withFloats(given(feeds, 'sample'), (level) => level * scale) };
    }),
  },
  { what: 'timesteps without their offset', run: 'no guidance', tamper: unetFloats('timestep', (level) => level - 1) },
  {
    what: 'time ids with width before height',
    run: 'SDXL at 96 × 64',
    tamper: unet((feeds) => {
      const ids = given(feeds, 'time_ids');
      const all = ids.data as Float32Array;
      return { time_ids: withFloats(ids, (_, index) => all[index ^ 1] ?? 0) };
    }),
  },
  {
    what: 'the pooled prompt of the other half',
    run: 'SDXL, negative prompt',
    tamper: unet((feeds) => ({ text_embeds: swapped(given(feeds, 'text_embeds')) })),
  },
  {
    what: "SDXL's second encoder padded as the first",
    run: 'SDXL, negative prompt',
    tamper: (part, feeds) =>
      part === 'text_encoder_2' ? { input_ids: withIds(given(feeds, 'input_ids'), exclamationMark, endOfText) } : null,
  },
  {
    what: 'padding with the end of text where the pack has "!"',
    run: 'v-prediction',
    tamper: (part, feeds) =>
      part === 'text_encoder' ? { input_ids: withIds(given(feeds, 'input_ids'), exclamationMark, endOfText) } : null,
  },
  {
    what: "a consistency model's guidance, not less one",
    run: 'LCM, another guidance',
    tamper: unet((feeds) => {
      const embedding = given(feeds, 'timestep_cond');
      const half = embedding.data.length / 2;
      return {
        timestep_cond: withFloats(embedding, (_, index) => {
          const angle = 2000 * Math.exp((-(index % half) * Math.log(10_000)) / (half - 1));
          return index < half ? Math.sin(angle) : Math.cos(angle);
        }),
      };
    }),
  },
  {
    what: 'a mask and masked latents that are scaled with the sample',
    run: 'nine channels, strength 0.7, Euler',
    tamper: unet((feeds) => {
      const sample = given(feeds, 'sample');
      const scale = scaleAt(given(feeds, 'timestep').data[0] as number);
      const [, channels = 0, height = 0, width = 0] = sample.dims;
      const channelOf = (index: number): number => Math.floor(index / (height * width)) % channels;
      return { sample: withFloats(sample, (level, index) => (channelOf(index) < 4 ? level : level / scale)) };
    }),
  },
  {
    what: 'a mask the wrong way round',
    run: 'nine channels, strength 1',
    tamper: unet((feeds) => {
      const sample = given(feeds, 'sample');
      const [, channels = 0, height = 0, width = 0] = sample.dims;
      const channelOf = (index: number): number => Math.floor(index / (height * width)) % channels;
      return { sample: withFloats(sample, (level, index) => (channelOf(index) === 4 ? 1 - level : level)) };
    }),
  },
  {
    what: 'weights of ControlNets in the other order',
    run: 'two ControlNets',
    tamper: unet((feeds) => ({ conditioning_scales: swapped(given(feeds, 'conditioning_scales')) })),
  },
  {
    what: 'pictures of ControlNets in -1..1',
    run: 'two ControlNets',
    tamper: unetFloats('controlnet_conds', (level) => level * 2 - 1),
  },
  {
    what: 'a picture in 0..1 for the VAE',
    run: 'image to image, double arithmetic',
    tamper: (part, feeds) => (part === 'vae_encoder' ? { sample: withFloats(given(feeds, 'sample'), (level) => level / 2 + 0.5) } : null),
  },
];
