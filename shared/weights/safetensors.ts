/**
 * The header of a .safetensors file (https://github.com/huggingface/safetensors, "Format"): names, types, shapes and places of
 * tensors. Strangers' files: whatever the format forbids is refused here, so that readers can trust every offset.
 */
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';

export const safetensorsBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;
export type SafetensorsType = keyof typeof safetensorsBytes;

export interface SafetensorsTensor {
  type: SafetensorsType;
  shape: readonly number[];
  /** Bytes from the file's start. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** `__metadata__`: what the trainer noted. */
  metadata: Readonly<Record<string, string>>;
}

/** As the reference implementation limits it. */
export const largestHeaderBytes = 100_000_000;
/** Bytes of the little-endian length before the header. */
export const lengthBytes = 8;
const mostTensors = 100_000;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)).max(16),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

const broken = (why: string): AppError =>
  new AppError('pack-invalid', `The .safetensors file is damaged: ${why}.`, { action: 'Download it again.' });

/**
 * @param length what the first eight bytes say
 * @param fileBytes size of the whole file
 * @throws pack-invalid for a header that cannot lie in the file
 */
export function checkHeaderLength(length: number, fileBytes: number): void {
  if (!Number.isSafeInteger(length) || length < 2 || length > largestHeaderBytes || lengthBytes + length > fileBytes)
    throw broken('its header has an impossible length');
}

/**
 * @param text the header, decoded
 * @param headerBytes its length in the file
 * @param fileBytes size of the whole file
 * @throws pack-invalid for tensors that overlap, leave gaps, lie outside the file or do not have the bytes their shape needs
 */
export function parseSafetensorsHeader(text: string, headerBytes: number, fileBytes: number): SafetensorsHeader {
  if (!text.startsWith('{')) throw broken('its header is no JSON object');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AppError('pack-invalid', 'The .safetensors file is damaged: its header is not JSON.', {
      action: 'Download it again.',
      cause: error,
    });
  }
  const parsed = z.record(z.string().max(1000), z.unknown()).safeParse(json);
  if (!parsed.success) throw broken('its header has absurdly long names');
  const { __metadata__: noted, ...entries } = parsed.data;
  const metadata = z.record(z.string(), z.string()).safeParse(noted ?? {});
  const names = Object.entries(entries);
  if (names.length > mostTensors) throw broken('it names an absurd number of tensors');
  const data = lengthBytes + headerBytes;
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, value] of names) {
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw broken(`what it says of "${name.slice(0, 80)}" is not as the format has it`);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    if (!isType(dtype)) throw broken(`"${name.slice(0, 80)}" has values of the unknown type ${dtype.slice(0, 20)}`);
    const bytes = shape.reduce((product, length) => product * length, safetensorsBytes[dtype]);
    if (!Number.isSafeInteger(bytes) || offsets[1] - offsets[0] !== bytes)
      throw broken(`"${name.slice(0, 80)}" does not have the bytes its shape needs`);
    tensors.set(name, { type: dtype, shape, begin: data + offsets[0], end: data + offsets[1] });
  }
  let at = data;
  for (const { begin, end } of [...tensors.values()].sort((one, other) => one.begin - other.begin || one.end - other.end)) {
    if (begin !== at) throw broken('its tensors overlap or leave gaps');
    at = end;
  }
  if (at !== fileBytes) throw broken(at > fileBytes ? 'it is cut short' : 'it holds more bytes than its tensors need');
  return { tensors, metadata: metadata.success ? metadata.data : {} };
}

function isType(name: string): name is SafetensorsType {
  return Object.hasOwn(safetensorsBytes, name);
}
