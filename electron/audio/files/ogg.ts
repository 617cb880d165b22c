/** Ogg pages (RFC 3533), to write and to read. */
import { concatBytes, type ByteSink } from './audio-source.ts';

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});

/** Polynomial 0x04c11db7, not reflected, over the page with its checksum zero. */
export function oggChecksum(page: Uint8Array): number {
  let value = 0;
  for (const byte of page) value = ((value << 8) ^ (crcTable[(value >>> 24) ^ byte] ?? 0)) >>> 0;
  return value;
}

const headerBytes = 27;
const checksumAt = 22;
const mostSegments = 255;

export const pageFlags = { continued: 1, first: 2, last: 4 } as const;

export interface OggPage {
  flags: number;
  /** Samples up to the end of the last packet that ends here; -1 when none does. */
  granule: bigint;
  serial: number;
  sequence: number;
  /** Lengths of the segments: one under 255 ends a packet. */
  segments: Uint8Array;
  body: Uint8Array;
}

export function pageBytes({ flags, granule, serial, sequence, segments, body }: OggPage): Uint8Array {
  const header = Buffer.alloc(headerBytes);
  header.write('OggS', 'latin1');
  header[5] = flags;
  header.writeBigInt64LE(granule, 6);
  header.writeUInt32LE(serial, 14);
  header.writeUInt32LE(sequence, 18);
  header[26] = segments.length;
  const page = concatBytes([header, segments, body]);
  new DataView(page.buffer).setUint32(checksumAt, oggChecksum(page), true);
  return page;
}

/** Takes bytes as they come and gives the pages that are whole. Throws RangeError when a page does not begin as one. */
export class OggPageReader {
  #held: Uint8Array = new Uint8Array(0);

  /** Bytes of a page that has not ended. */
  get left(): number {
    return this.#held.length;
  }

  *read(bytes: Uint8Array): Generator<OggPage> {
    this.#held = concatBytes([this.#held, bytes]);
    while (this.#held.length >= headerBytes) {
      const held = Buffer.from(this.#held.buffer, this.#held.byteOffset, this.#held.length);
      if (held.toString('latin1', 0, 4) !== 'OggS') throw new RangeError('Not an Ogg page.');
      const count = held[26] ?? 0;
      if (held.length < headerBytes + count) return;
      const segments = this.#held.slice(headerBytes, headerBytes + count);
      const end = headerBytes + count + segments.reduce((sum, length) => sum + length, 0);
      if (held.length < end) return;
      const page = {
        flags: held[5] ?? 0,
        granule: held.readBigInt64LE(6),
        serial: held.readUInt32LE(14),
        sequence: held.readUInt32LE(18),
        segments,
        body: this.#held.slice(headerBytes + count, end),
      };
      this.#held = this.#held.subarray(end);
      yield page;
    }
  }
}

/** The packets that end in pages, in order; a packet that goes on is held until it ends. */
export class OggPacketReader {
  #held: Uint8Array[] = [];

  *read({ segments, body }: OggPage): Generator<Uint8Array> {
    let at = 0;
    for (const length of segments) {
      this.#held.push(body.subarray(at, at + length));
      at += length;
      if (length === mostSegments) continue;
      yield concatBytes(this.#held);
      this.#held = [];
    }
  }
}

const lacing = (length: number): number[] => [...Array.from({ length: Math.floor(length / 255) }, () => 255), length % 255];

/** Puts packets into pages; a packet never goes on in another page, so it has at most 65,024 bytes. */
export class OggPageWriter {
  readonly #sink: ByteSink;
  readonly #serial: number;
  #sequence = 0;
  #packets: Uint8Array[] = [];
  #segments: number[] = [];
  #granule = -1n;

  constructor(sink: ByteSink, serial: number) {
    this.#sink = sink;
    this.#serial = serial;
  }

  packet(bytes: Uint8Array, granule: bigint): void {
    const segments = lacing(bytes.length);
    if (segments.length > mostSegments) throw new RangeError('The packet is too long for a page.');
    if (this.#segments.length + segments.length > mostSegments) this.endPage();
    this.#packets.push(bytes);
    this.#segments.push(...segments);
    this.#granule = granule;
  }

  get packetsInPage(): number {
    return this.#packets.length;
  }

  endPage(isLast = false): void {
    if (this.#packets.length === 0) return;
    const flags = (this.#sequence === 0 ? pageFlags.first : 0) | (isLast ? pageFlags.last : 0);
    const segments = Uint8Array.from(this.#segments);
    this.#write({ flags, granule: this.#granule, serial: this.#serial, sequence: 0, segments, body: concatBytes(this.#packets) });
    this.#packets = [];
    this.#segments = [];
  }

  /** Another writer's page, as the next of this stream. */
  page(page: OggPage): void {
    this.endPage();
    this.#write({ ...page, serial: this.#serial });
  }

  #write(page: OggPage): void {
    this.#sink.write(pageBytes({ ...page, sequence: this.#sequence }));
    this.#sequence += 1;
  }
}
