/** The few texts of EXIF (CIPA DC-008) that programs keep settings in: read from a block, and a block with one of them made. */

const ascii = 2;
const undefinedType = 7;
const tags = { ImageDescription: 0x010e, Make: 0x010f, Model: 0x0110 } as const;
const exifIfd = 0x8769;
const userComment = 0x9286;
/** A JPEG segment holds 65,535 bytes with its own length in them. */
const largestExif = 65_533;

interface Entry {
  tag: number;
  type: number;
  count: number;
  /** Where the value, or its offset, stands. */
  at: number;
}

/** @param block with or without the leading "Exif\0\0" */
export function readExifTexts(block: Buffer): Map<string, string> {
  const texts = new Map<string, string>();
  const tiff = block.toString('latin1', 0, 6) === 'Exif\0\0' ? block.subarray(6) : block;
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return texts;
  const little = order === 'II';
  const short = (at: number): number => (at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number): number => (at + 4 > tiff.length ? 0 : little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const entries = (ifd: number): Entry[] => {
    const count = Math.min(short(ifd), Math.floor((tiff.length - ifd - 2) / 12));
    return Array.from({ length: Math.max(0, count) }, (_, index) => {
      const at = ifd + 2 + index * 12;
      return { tag: short(at), type: short(at + 2), count: long(at + 4), at: at + 8 };
    });
  };
  const bytesOf = ({ type, count, at }: Entry): Buffer => {
    if (type !== ascii && type !== undefinedType && type !== 1) return Buffer.alloc(0);
    const from = count <= 4 ? at : long(at);
    return tiff.subarray(from, from + count);
  };
  const first = entries(long(4));
  for (const [name, tag] of Object.entries(tags)) {
    const entry = first.find((other) => other.tag === tag);
    if (entry !== undefined) texts.set(name, bytesOf(entry).toString('utf8').replace(/\0+$/, ''));
  }
  const pointer = first.find(({ tag }) => tag === exifIfd);
  const comment = pointer === undefined ? undefined : entries(long(pointer.at)).find(({ tag }) => tag === userComment);
  if (comment !== undefined) texts.set('UserComment', commentText(bytesOf(comment)));
  return texts;
}

/** UserComment begins with eight bytes that name its characters. */
function commentText(bytes: Buffer): string {
  const code = bytes.toString('latin1', 0, 8).replace(/\0+$/, '');
  const text = bytes.subarray(8);
  if (code !== 'UNICODE') return (code === 'ASCII' || code === '' ? text : bytes).toString('utf8').replace(/\0+$/, '');
  // UTF-16 in either order, whatever the block's own: the order that makes more plain letters is meant.
  const even = text.subarray(0, text.length - (text.length % 2));
  let highFirst = 0;
  let lowFirst = 0;
  for (let at = 0; at + 1 < Math.min(even.length, 2000); at += 2) {
    if (even[at] === 0) highFirst += 1;
    if (even[at + 1] === 0) lowFirst += 1;
  }
  const little = highFirst > lowFirst ? Buffer.from(even).swap16() : even;
  return little
    .toString('utf16le')
    .replace(/^\uFEFF/, '')
    .replace(/\0+$/, '');
}

/** A block that holds this UserComment and nothing else, in UTF-16 with the high byte first, as A1111 writes it. */
export function exifWithComment(text: string): Buffer {
  const comment = Buffer.concat([Buffer.from('UNICODE\0', 'latin1'), Buffer.from(text, 'utf16le').swap16()]);
  // Header 8, first directory 2 + 12 + 4, EXIF directory 2 + 12 + 4, then the text.
  const head = Buffer.alloc(44);
  head.write('MM', 0, 'latin1');
  head.writeUInt16BE(42, 2);
  head.writeUInt32BE(8, 4);
  head.writeUInt16BE(1, 8);
  head.writeUInt16BE(exifIfd, 10);
  head.writeUInt16BE(4, 12);
  head.writeUInt32BE(1, 14);
  head.writeUInt32BE(26, 18);
  head.writeUInt16BE(1, 26);
  head.writeUInt16BE(userComment, 28);
  head.writeUInt16BE(undefinedType, 30);
  head.writeUInt32BE(comment.length, 32);
  head.writeUInt32BE(44, 36);
  return Buffer.concat([head, comment]);
}

/** A JPEG with the block as its first segment after JFIF's; unchanged when the block is too long for one. */
export function jpegWithExif(jpeg: Buffer, block: Buffer): Buffer {
  const data = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), block]);
  if (data.length > largestExif || jpeg.readUInt16BE(0) !== 0xffd8) return jpeg;
  const head = Buffer.alloc(4);
  head.writeUInt16BE(0xffe1, 0);
  head.writeUInt16BE(data.length + 2, 2);
  const at = jpeg.readUInt16BE(2) === 0xffe0 ? 4 + jpeg.readUInt16BE(4) : 2;
  return Buffer.concat([jpeg.subarray(0, at), head, data, jpeg.subarray(at)]);
}

/**
 * A WebP with the block in its EXIF chunk (https://developers.google.com/speed/webp/docs/riff_container). Only extended files
 * (VP8X), which those with XMP are; others stay as they are.
 */
export function webpWithExif(webp: Buffer, block: Buffer): Buffer {
  if (webp.toString('latin1', 0, 4) !== 'RIFF' || webp.toString('latin1', 12, 16) !== 'VP8X') return webp;
  const padded = block.length % 2 === 0 ? block : Buffer.concat([block, Buffer.alloc(1)]);
  const head = Buffer.alloc(8);
  head.write('EXIF', 0, 'latin1');
  head.writeUInt32LE(block.length, 4);
  let at = 12;
  // EXIF stands before XMP.
  while (at + 8 <= webp.length && webp.toString('latin1', at, at + 4) !== 'XMP ') {
    const length = webp.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
  at = Math.min(at, webp.length);
  const whole = Buffer.concat([webp.subarray(0, at), head, padded, webp.subarray(at)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  whole.writeUInt8((whole[20] ?? 0) | 0x08, 20);
  return whole;
}
