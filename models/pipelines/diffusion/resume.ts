/** The state of a run as bytes: a JSON header of ASCII, then all numbers as float32, so that nothing is rounded. */
import { z } from 'zod';
import type { GenerationRequest } from '../../../shared/domain/generation.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { fingerprint } from '../../core/fingerprint.ts';
import type { ResumePoint } from '../../pipeline.ts';
import type { PassState } from './sample.ts';

const formatVersion = 1;
/** A state is written at most this often. */
const saveEveryMs = 2000;

export interface SavedRun {
  /** 0; 1 for the high-resolution pass. */
  pass: number;
  state: PassState;
  /** Lengths of the noise tensors drawn so far. */
  draws: readonly number[];
}

/** Arrays within a sampler's memory, by their place among the numbers. */
const placedSchema = z.object({ float32: z.tuple([z.int().min(0), z.int().min(0)]) });

const headerSchema = z.object({
  version: z.literal(formatVersion),
  fingerprint: z.string(),
  pass: z.int().min(0),
  index: z.int().min(1),
  draws: z.array(z.int().min(1)),
  nextIndex: z.int().min(0),
  memory: z.unknown(),
  latents: placedSchema,
  /** How many numbers follow: a state cut short is none. */
  numbers: z.int().min(0),
});

/** What a state must agree in to be gone on from: everything of the request, and the bytes of all packs' files. */
export function fingerprintOf(request: GenerationRequest, packs: readonly PackManifest[]): string {
  const { kind, seed, inputs, params } = request;
  const text = JSON.stringify([kind, seed, inputs, params, packs.map(({ files }) => files.map(({ path, sha256 }) => [path, sha256]))]);
  const bytes = new Uint8Array(text.length * 2);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    bytes[2 * index] = unit & 0xff;
    bytes[2 * index + 1] = unit >> 8;
  }
  return fingerprint(bytes);
}

export function encodeRun(run: SavedRun, print: string): Uint8Array {
  const arrays: Float32Array[] = [];
  let length = 0;
  const place = (values: Float32Array): z.infer<typeof placedSchema> => {
    arrays.push(values);
    length += values.length;
    return { float32: [length - values.length, values.length] };
  };
  const placeAll = (value: unknown): unknown => {
    if (value instanceof Float32Array) return place(value);
    if (Array.isArray(value)) return value.map(placeAll);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, placeAll(part)]));
  };
  const { index, latents, sampler } = run.state;
  const header = JSON.stringify({
    version: formatVersion,
    fingerprint: print,
    pass: run.pass,
    index,
    draws: [...run.draws],
    nextIndex: sampler.nextIndex,
    memory: placeAll(sampler.memory),
    latents: place(latents),
    numbers: length,
  } satisfies z.infer<typeof headerSchema>);
  // Padded so that the numbers lie at a multiple of four.
  const padded = header.padEnd(Math.ceil(header.length / 4) * 4, ' ');
  const bytes = new Uint8Array(4 + padded.length + 4 * length);
  new DataView(bytes.buffer).setUint32(0, padded.length, true);
  for (let at = 0; at < padded.length; at += 1) bytes[4 + at] = padded.charCodeAt(at);
  const numbers = new Float32Array(bytes.buffer, 4 + padded.length, length);
  let to = 0;
  for (const values of arrays) {
    numbers.set(values, to);
    to += values.length;
  }
  return bytes;
}

/** Null when the bytes are no state, or one of another request or pack. */
export function decodeRun(bytes: Uint8Array, print: string): SavedRun | null {
  if (bytes.length < 4) return null;
  const own = Uint8Array.from(bytes);
  const headerLength = new DataView(own.buffer).getUint32(0, true);
  if (headerLength % 4 !== 0 || 4 + headerLength > own.length || (own.length - headerLength) % 4 !== 0) return null;
  let header;
  try {
    let text = '';
    for (const code of own.subarray(4, 4 + headerLength)) text += String.fromCharCode(code);
    header = headerSchema.safeParse(JSON.parse(text));
  } catch {
    return null;
  }
  if (!header.success || header.data.fingerprint !== print) return null;
  const numbers = new Float32Array(own.buffer, 4 + headerLength);
  if (numbers.length !== header.data.numbers) return null;
  const taken = ({ float32: [from, length] }: z.infer<typeof placedSchema>): Float32Array => numbers.slice(from, from + length);
  const takenAll = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(takenAll);
    if (typeof value !== 'object' || value === null) return value;
    const placed = placedSchema.safeParse(value);
    if (placed.success) return taken(placed.data);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, takenAll(part)]));
  };
  const { pass, index, draws, nextIndex, memory, latents } = header.data;
  return { pass, draws, state: { index, latents: taken(latents), sampler: { nextIndex, memory: takenAll(memory) } } };
}

/** Keeps the newest state, at a pace that costs nothing. */
export class RunSaver {
  readonly #point: ResumePoint | null;
  readonly #print: string;
  #savedAt = Date.now();
  #newest: SavedRun | null = null;

  constructor(point: ResumePoint | null, print: string) {
    this.#point = point;
    this.#print = print;
  }

  async saved(): Promise<SavedRun | null> {
    const bytes = (await this.#point?.saved()) ?? null;
    return bytes === null ? null : decodeRun(bytes, this.#print);
  }

  async stepped(run: SavedRun): Promise<void> {
    this.#newest = run;
    if (Date.now() - this.#savedAt >= saveEveryMs) await this.flush();
  }

  /** Writes the newest state now: before a cancel ends the run. */
  async flush(): Promise<void> {
    if (this.#point === null || this.#newest === null) return;
    this.#savedAt = Date.now();
    await this.#point.save(encodeRun(this.#newest, this.#print));
    this.#newest = null;
  }
}
