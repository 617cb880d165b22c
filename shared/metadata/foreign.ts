/**
 * Settings that other programs leave in pictures, in Kiln's terms. Files are strangers': every reader takes what it understands,
 * brings numbers into their ranges, says in words what it had to leave out, and never throws.
 */
import { z } from 'zod';
import { seedSchema } from '../domain/generation.ts';
import { diffusionParamsSchema, type DiffusionParams } from '../pipelines/diffusion.ts';

export const foreignMetadataSchema = z.object({
  /** The program's name, as people know it. */
  program: z.string().max(60),
  /** The model's name as written there; null: not said. */
  model: z.string().max(300).nullable(),
  seed: seedSchema,
  /** LoRAs are not in here: they are known by name until they are matched with what is installed. */
  params: diffusionParamsSchema,
  loras: z.array(z.object({ name: z.string().max(300), weight: z.number().min(-4).max(4) })).max(32),
  /** What cannot be had in Kiln, for the user. */
  notes: z.array(z.string().max(400)).max(20),
});
export type ForeignMetadata = z.infer<typeof foreignMetadataSchema>;

/** What a reader found; numbers may be out of range, texts of any length. */
export interface ForeignFindings {
  program: string;
  model?: string | null;
  seed?: number | bigint | null;
  params: Partial<DiffusionParams>;
  loras?: readonly { name: string; weight: number }[];
  notes?: readonly string[];
}

/** Texts longer than this are no settings. */
export const longestMetadata = 2_000_000;
const longestPrompt = 10_000;

type NumberName = {
  [Name in keyof DiffusionParams]: DiffusionParams[Name] extends number ? Name : never;
}[keyof DiffusionParams];

const ranges: Partial<Record<NumberName, readonly [number, number]>> = {
  steps: [1, 150],
  guidanceScale: [0, 30],
  guidanceRescale: [0, 1],
  strength: [0, 1],
  eta: [0, 1],
  clipSkip: [0, 11],
  width: [0, 4096],
  height: [0, 4096],
  variationSeed: [0, 0xffff_ffff],
  variationStrength: [0, 1],
  highResScale: [1, 4],
  highResStrength: [0.05, 1],
  highResSteps: [0, 150],
  feather: [0, 256],
};
const whole = new Set<string>(['steps', 'clipSkip', 'width', 'height', 'variationSeed', 'highResSteps', 'feather']);

function inRange(params: Partial<DiffusionParams>): Record<string, unknown> {
  const cleaned: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'number') {
      cleaned[name] = typeof value === 'string' ? value.slice(0, longestPrompt) : value;
      continue;
    }
    const range = ranges[name as NumberName];
    if (!Number.isFinite(value) || range === undefined) continue;
    const number = Math.min(range[1], Math.max(range[0], value));
    cleaned[name] = whole.has(name) ? Math.round(number) : number;
  }
  return cleaned;
}

/** The findings within their ranges; null when they hold nothing that a picture could be made with. */
export function foreignMetadata(found: ForeignFindings): ForeignMetadata | null {
  const notes = [...(found.notes ?? [])];
  const { prompt = '', negativePrompt = '' } = found.params;
  if (prompt.length > longestPrompt || negativePrompt.length > longestPrompt) notes.push('A prompt was too long and is cut.');
  const loras = [...(found.loras ?? [])].filter(({ name, weight }) => name !== '' && Number.isFinite(weight));
  const parsed = foreignMetadataSchema.safeParse({
    program: found.program.slice(0, 60),
    model: found.model == null || found.model === '' ? null : found.model.slice(0, 300),
    seed: seedOf(found.seed ?? null, notes),
    params: inRange(found.params),
    loras: loras.slice(0, 32).map(({ name, weight }) => ({ name: name.slice(0, 300), weight: Math.min(4, Math.max(-4, weight)) })),
    notes: [...new Set(notes)].slice(0, 20).map((note) => note.slice(0, 400)),
  });
  return parsed.data ?? null;
}

/** Kiln's seeds have 32 bits; the low ones of a longer seed would be another picture, so that is said. */
function seedOf(seed: number | bigint | null, notes: string[]): number {
  if (seed === null || (typeof seed === 'number' && !Number.isFinite(seed))) {
    notes.push('The file names no seed.');
    return 0;
  }
  const value = BigInt(typeof seed === 'number' ? Math.trunc(seed) : seed);
  if (value >= 0n && value <= 0xffff_ffffn) return Number(value);
  notes.push(`The seed ${value.toString()} is longer than Kiln's 32 bits: the picture will be another one.`);
  return Number(BigInt.asUintN(32, value));
}

/** What stands for a number in these files: a number, or digits in a string; NaN otherwise. */
export function numberIn(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' && value.length < 40 ? Number(value) : NaN;
}

/** A whole number of up to 64 bits; null when there is none. */
export function seedIn(value: unknown): number | bigint | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value.trim())) return null;
  return BigInt(value.trim());
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export type Fields = Readonly<Record<string, unknown>>;
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
/** Own fields only, so that names like `constructor` find nothing. */
export function field(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** File names of models as people say them: no folder, no ending. */
export function modelName(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? '').replace(/\.(?:safetensors|ckpt|pt|bin|onnx|gguf)$/i, '').trim();
}
