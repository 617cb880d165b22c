/** Tensors of add-ons' .safetensors files and of graphs, read one at a time as single precision. */
import { open } from 'node:fs/promises';
import { AppError } from '../../../shared/contract/errors.ts';
import {
  checkHeaderLength,
  lengthBytes,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type SafetensorsTensor,
} from '../../../shared/weights/safetensors.ts';
import { fromHalf, toHalf } from '../../../models/core/float16.ts';
import type { Constant, OnnxGraph } from './onnx-graph.ts';
import { dirname, join } from 'node:path';
import { elementType } from './proto-write.ts';

export interface WeightsFile {
  header: SafetensorsHeader;
  read(tensor: SafetensorsTensor): Promise<Float32Array>;
}

/** @throws pack-invalid */
export async function openWeights(path: string): Promise<WeightsFile> {
  const { size, start } = await head(path);
  const length = Number(start.readBigUInt64LE());
  checkHeaderLength(length, size);
  const header = parseSafetensorsHeader((await span(path, lengthBytes, lengthBytes + length)).toString('utf8'), length, size);
  return { header, read: async (tensor) => asSingle(await span(path, tensor.begin, tensor.end), tensor.type) };
}

async function head(path: string): Promise<{ size: number; start: Buffer }> {
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(lengthBytes);
    await file.read(start, 0, lengthBytes, 0);
    return { size: (await file.stat()).size, start };
  } finally {
    await file.close();
  }
}

/** In a buffer of its own, so that it can be seen as numbers. */
async function span(path: string, begin: number, end: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.from(new ArrayBuffer(end - begin));
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, begin + done);
      if (bytesRead === 0) throw new AppError('pack-invalid', 'A file with weights is cut short.', { action: 'Import the pack again.' });
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

function asSingle({ buffer }: Buffer, type: SafetensorsTensor['type']): Float32Array {
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16':
      return fromHalf(new Uint16Array(buffer));
    case 'BF16': {
      const halves = new Uint16Array(buffer);
      const bits = new Uint32Array(halves.length);
      for (let index = 0; index < halves.length; index += 1) bits[index] = (halves[index] ?? 0) << 16;
      return new Float32Array(bits.buffer);
    }
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer), Number);
    case 'I32':
      return Float32Array.from(new Int32Array(buffer));
    default:
      throw new AppError('unsupported', `The add-on's weights are of type ${type}, which Kiln does not read.`);
  }
}

/** Bytes of a constant of float32 or float16 as single precision. */
export async function readConstant(graph: OnnxGraph, { data, type }: Constant, from = 0, to?: number): Promise<Float32Array> {
  if (data === null) throw new RangeError('The constant is stored in a way Kiln does not read.');
  const width = type === elementType.float16 ? 2 : 4;
  const path = data.file === null ? graph.path : join(dirname(graph.path), data.file);
  const bytes = await span(path, data.start + from * width, to === undefined ? data.end : data.start + to * width);
  return width === 2 ? fromHalf(new Uint16Array(bytes.buffer)) : new Float32Array(bytes.buffer);
}

/** A constant's bytes as they are. */
export function readRaw(graph: OnnxGraph, { data }: Constant): Promise<Uint8Array> {
  if (data === null) throw new RangeError('The constant is stored in a way Kiln does not read.');
  return span(data.file === null ? graph.path : join(dirname(graph.path), data.file), data.start, data.end);
}

/** Back to a constant's own type. */
export function constantBytes(values: Float32Array, type: number): Uint8Array {
  const typed = type === elementType.float16 ? toHalf(values) : values;
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}
