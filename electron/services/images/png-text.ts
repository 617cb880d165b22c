/** PNG's iTXt chunks (https://www.w3.org/TR/png-3/#11iTXt): reading ours, and putting one in. */
import { crc32, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const largestText = 4 * 1024 * 1024;

export function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(signature);
}

/** The file with the text added right after its header. */
export function withPngText(png: Buffer, keyword: string, text: string): Buffer {
  const data = Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text, 'utf8')]);
  const type = Buffer.from('iTXt', 'latin1');
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  type.copy(chunk, 4);
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(Buffer.concat([type, data])), 8 + data.length);
  const afterHeader = 8 + 12 + png.readUInt32BE(8);
  return Buffer.concat([png.subarray(0, afterHeader), chunk, png.subarray(afterHeader)]);
}

/** The text under a keyword, from iTXt (plain or deflated) or tEXt; null when there is none or it is damaged. */
export function readPngText(png: Buffer, keyword: string): string | null {
  if (!isPng(png)) return null;
  let at = 8;
  while (at + 12 <= png.length) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    if (end + 4 > png.length || type === 'IEND') return null;
    if ((type === 'iTXt' || type === 'tEXt') && length <= largestText) {
      const data = png.subarray(at + 8, end);
      const zero = data.indexOf(0);
      if (zero > 0 && data.toString('latin1', 0, zero) === keyword) {
        return type === 'tEXt' ? data.toString('latin1', zero + 1) : internationalText(data.subarray(zero + 1));
      }
    }
    at = end + 4;
  }
  return null;
}

/** After the keyword: compression flag, method, language and translated keyword, each ended by a zero, then the text. */
function internationalText(data: Buffer): string | null {
  const language = data.indexOf(0, 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) return null;
  const text = data.subarray(translated + 1);
  if (data[0] !== 1) return text.toString('utf8');
  try {
    return inflateSync(text, { maxOutputLength: largestText }).toString('utf8');
  } catch {
    return null;
  }
}
