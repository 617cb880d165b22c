/**
 * Walks an ONNX file without running it: is it whole, which operator sets does it ask for, where does its external data lie.
 * Only message framing is read (https://protobuf.dev/programming-guides/encoding); weights are skipped, never loaded.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../../../shared/contract/errors.ts';
import { packPathSchema } from '../../../shared/domain/pack-path.ts';

export interface OnnxStructure {
  opset: number;
  /** Files beside the graph that hold its weights. */
  externalFiles: string[];
}

/** What the bundled onnxruntime knows of the default operator set. */
const newestOpset = 26;
const mostFields = 5_000_000;
/** A message of metadata larger than this is not metadata. */
const largestText = 4096;

const truncated = (): AppError =>
  new AppError('pack-invalid', 'The .onnx file is cut short or is not an ONNX model.', {
    action: 'Download it again: a broken download or a Git LFS pointer is the usual cause.',
  });

class Reader {
  readonly #file: FileHandle;
  readonly size: number;
  #buffer: Buffer = Buffer.alloc(0);
  #from = 0;
  #fields = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  async bytes(at: number, length: number): Promise<Buffer> {
    if (at + length > this.size) throw truncated();
    if (at < this.#from || at + length > this.#from + this.#buffer.length) {
      const wanted = Buffer.alloc(Math.min(Math.max(length, 65_536), this.size - at));
      const { bytesRead } = await this.#file.read(wanted, 0, wanted.length, at);
      if (bytesRead < length) throw truncated();
      this.#buffer = wanted.subarray(0, bytesRead);
      this.#from = at;
    }
    return this.#buffer.subarray(at - this.#from, at - this.#from + length);
  }

  async varint(at: number): Promise<{ value: number; next: number }> {
    let value = 0;
    for (let index = 0; index < 10; index += 1) {
      const byte = (await this.bytes(at + index, 1))[0] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return { value, next: at + index + 1 };
    }
    throw truncated();
  }

  /** The fields of the message between two offsets. */
  async *fields(from: number, to: number): AsyncGenerator<{ field: number; wire: number; value: number; start: number; end: number }> {
    let at = from;
    while (at < to) {
      this.#fields += 1;
      if (this.#fields > mostFields) throw new AppError('pack-hostile', 'The .onnx file has an absurd number of parts.');
      const tag = await this.varint(at);
      const field = Math.floor(tag.value / 8);
      const wire = tag.value % 8;
      if (field === 0) throw truncated();
      let start = tag.next;
      let end: number;
      let value = 0;
      if (wire === 0) ({ value, next: end } = await this.varint(start));
      else if (wire === 1) end = start + 8;
      else if (wire === 5) end = start + 4;
      else if (wire === 2) {
        const length = await this.varint(start);
        start = length.next;
        end = start + length.value;
      } else throw truncated();
      if (end > to) throw truncated();
      yield { field, wire, value, start, end };
      at = end;
    }
  }

  async text(start: number, end: number): Promise<string> {
    if (end - start > largestText) throw new AppError('pack-hostile', 'The .onnx file has an absurdly long name in it.');
    return (await this.bytes(start, end - start)).toString('utf8');
  }
}

/** Throws pack-invalid for broken files, pack-hostile for external data that leaves the folder, model-mismatch for a too new opset. */
export async function readOnnxStructure(path: string): Promise<OnnxStructure> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < 16) throw truncated();
    const reader = new Reader(file, size);
    const external = new Set<string>();
    let opset = 0;
    let hasGraph = false;
    for await (const part of reader.fields(0, size)) {
      if (part.field === 7 && part.wire === 2) {
        hasGraph = true;
        await walkGraph(reader, part.start, part.end, external, 0);
      } else if (part.field === 8 && part.wire === 2) {
        opset = Math.max(opset, await defaultOpset(reader, part.start, part.end));
      }
    }
    if (!hasGraph || opset === 0) throw truncated();
    if (opset > newestOpset) {
      throw new AppError('model-mismatch', `The model needs ONNX operator set ${String(opset)}; Kiln knows up to ${String(newestOpset)}.`, {
        action: 'Export the model with an older operator set, such as 17.',
      });
    }
    return { opset, externalFiles: [...external] };
  } finally {
    await file.close();
  }
}

async function defaultOpset(reader: Reader, from: number, to: number): Promise<number> {
  let domain = '';
  let version = 0;
  for await (const part of reader.fields(from, to)) {
    if (part.field === 1 && part.wire === 2) domain = await reader.text(part.start, part.end);
    if (part.field === 2 && part.wire === 0) version = part.value;
  }
  return domain === '' || domain === 'ai.onnx' ? version : 0;
}

/** GraphProto: node = 1, initializer = 5, sparse_initializer = 15. */
async function walkGraph(reader: Reader, from: number, to: number, external: Set<string>, depth: number): Promise<void> {
  if (depth > 16) throw new AppError('pack-hostile', 'The .onnx file nests graphs too deeply.');
  for await (const part of reader.fields(from, to)) {
    if (part.wire !== 2) continue;
    if (part.field === 5) await walkTensor(reader, part.start, part.end, external);
    else if (part.field === 1) await walkNode(reader, part.start, part.end, external, depth);
  }
}

/** NodeProto.attribute = 5; AttributeProto: t = 5, g = 6, tensors = 10, graphs = 11. */
async function walkNode(reader: Reader, from: number, to: number, external: Set<string>, depth: number): Promise<void> {
  for await (const attribute of reader.fields(from, to)) {
    if (attribute.field !== 5 || attribute.wire !== 2) continue;
    for await (const part of reader.fields(attribute.start, attribute.end)) {
      if (part.wire !== 2) continue;
      if (part.field === 5 || part.field === 10) await walkTensor(reader, part.start, part.end, external);
      else if (part.field === 6 || part.field === 11) await walkGraph(reader, part.start, part.end, external, depth + 1);
    }
  }
}

/** TensorProto: dims = 1, external_data = 13 (key = 1, value = 2). */
async function walkTensor(reader: Reader, from: number, to: number, external: Set<string>): Promise<void> {
  let elements = 1;
  for await (const part of reader.fields(from, to)) {
    if (part.field === 1 && part.wire === 0) {
      elements *= part.value;
      if (elements > 2 ** 40) throw new AppError('pack-hostile', 'The .onnx file declares a tensor of an absurd size.');
    }
    if (part.field !== 13 || part.wire !== 2) continue;
    let key = '';
    let value = '';
    for await (const entry of reader.fields(part.start, part.end)) {
      if (entry.wire !== 2) continue;
      if (entry.field === 1) key = await reader.text(entry.start, entry.end);
      else if (entry.field === 2) value = await reader.text(entry.start, entry.end);
    }
    if (key !== 'location') continue;
    if (!packPathSchema.safeParse(value).success) {
      throw new AppError('pack-hostile', `The model wants to read its weights from outside its folder ("${value.slice(0, 80)}").`, {
        action: 'Do not use this file.',
      });
    }
    external.add(value);
  }
}
