/** PNG's text chunks (https://www.w3.org/TR/png-3/#11textinfo): reading them, and putting one in. */
import { isUtf8 } from 'node:buffer';
import { crc32, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const largestText = 4 * 1024 * 1024;

export function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(signature);
}

/** The file with the text added right after its header: as tEXt, which everyone reads, while it is plain ASCII; else as iTXt. */
export function withPngText(png: Buffer, keyword: string, text: string): Buffer {
  // eslint-disable-next-line no-control-regex -- everything but NUL that ASCII has
  const plain = /^[\x01-\x7f]*$/.test(text);
  const data = plain
    ? Buffer.from(`${keyword}\0${text}`, 'latin1')
    : Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text, 'utf8')]);
  const type = Buffer.from(plain ? 'tEXt' : 'iTXt', 'latin1');
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  type.copy(chunk, 4);
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(Buffer.concat([type, data])), 8 + data.length);
  const afterHeader = 8 + 12 + png.readUInt32BE(8);
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}

/**
 * The texts under these keywords, from tEXt, zTXt and iTXt; of several under one keyword the first. Damaged chunks and texts
 * beyond 4 MiB are passed over; a file that is no PNG has none.
 */
export function readPngTexts(png: Buffer, keywords: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  if (!isPng(png)) return texts;
  let at = 8;
  while (at + 12 <= png.length) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    if (end + 4 > png.length || type === 'IEND') break;
    if ((type === 'iTXt' || type === 'tEXt' || type === 'zTXt') && length <= largestText) {
      const data = png.subarray(at + 8, end);
      const zero = data.indexOf(0);
      const keyword = zero > 0 ? data.toString('latin1', 0, zero) : '';
      if (keywords.includes(keyword) && !texts.has(keyword)) {
        const text = textIn(type, data.subarray(zero + 1));
        if (text !== null) texts.set(keyword, text);
      }
    }
    at = end + 4;
  }
  return texts;
}

/** The text under a keyword; null when there is none or it is damaged. */
export function readPngText(png: Buffer, keyword: string): string | null {
  return readPngTexts(png, [keyword]).get(keyword) ?? null;
}

function textIn(type: string, data: Buffer): string | null {
  if (type === 'iTXt') return internationalText(data);
  if (type === 'tEXt') return latinOrUtf8(data);
  // zTXt: a compression method (0), then the deflated text.
  const inflated = data[0] === 0 ? inflated4MiB(data.subarray(1)) : null;
  return inflated === null ? null : latinOrUtf8(inflated);
}

/** tEXt is Latin-1 by the book, but many programs write UTF-8; what is sound UTF-8 hardly ever is anything else. */
function latinOrUtf8(data: Buffer): string {
  return isUtf8(data) ? data.toString('utf8') : data.toString('latin1');
}

function inflated4MiB(data: Buffer): Buffer | null {
  try {
    return inflateSync(data, { maxOutputLength: largestText });
  } catch {
    return null;
  }
}

/** After the keyword: compression flag, method, language and translated keyword, each ended by a zero, then the text. */
function internationalText(data: Buffer): string | null {
  const language = data.indexOf(0, 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) return null;
  const text = data.subarray(translated + 1);
  if (data[0] !== 1) return text.toString('utf8');
  return inflated4MiB(text)?.toString('utf8') ?? null;
}
