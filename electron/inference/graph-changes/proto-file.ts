/** A protobuf file read in place (https://protobuf.dev/programming-guides/encoding): framing only, weights stay on the disk. */
import { open, type FileHandle } from 'node:fs/promises';

export interface ProtoField {
  field: number;
  /** 0 varint, 1 eight bytes, 2 with a length, 5 four bytes. */
  wire: number;
  /** Of varints. */
  value: number;
  /** Of the tag. */
  at: number;
  /** Of the payload. */
  start: number;
  end: number;
}

const readAhead = 1 << 16;

export class ProtoFile {
  readonly #file: FileHandle;
  readonly size: number;
  #buffer: Buffer = Buffer.alloc(0);
  #from = 0;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  static async open(path: string): Promise<ProtoFile> {
    const file = await open(path, 'r');
    return new ProtoFile(file, (await file.stat()).size);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Valid until the next call. */
  async bytes(at: number, length: number): Promise<Buffer> {
    if (at < this.#from || at + length > this.#from + this.#buffer.length) {
      if (at < 0 || at + length > this.size) throw new RangeError('The file is cut short.');
      const wanted = Buffer.alloc(Math.min(Math.max(length, readAhead), this.size - at));
      const { bytesRead } = await this.#file.read(wanted, 0, wanted.length, at);
      if (bytesRead < length) throw new RangeError('The file is cut short.');
      this.#buffer = wanted.subarray(0, bytesRead);
      this.#from = at;
    }
    return this.#buffer.subarray(at - this.#from, at - this.#from + length);
  }

  async text(start: number, end: number): Promise<string> {
    return (await this.bytes(start, end - start)).toString('utf8');
  }

  async varint(at: number): Promise<{ value: number; next: number }> {
    const ahead = await this.bytes(at, Math.min(10, this.size - at));
    let value = 0;
    for (let index = 0; index < ahead.length; index += 1) {
      const byte = ahead[index] ?? 0;
      value += (byte & 0x7f) * 2 ** (7 * index);
      // Negative numbers have ten bytes; as unsigned ones they are 2^64 more.
      if (byte < 0x80) return { value: index === 9 ? value - 2 ** 64 : value, next: at + index + 1 };
    }
    throw new RangeError('The file is no protobuf.');
  }

  async *fields(from: number, to: number): AsyncGenerator<ProtoField> {
    let at = from;
    while (at < to) {
      const tag = await this.varint(at);
      const wire = tag.value % 8;
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
      } else throw new RangeError('The file is no protobuf.');
      if (end > to) throw new RangeError('The file is no protobuf.');
      yield { field: Math.floor(tag.value / 8), wire, value, at, start, end };
      at = end;
    }
  }
}
