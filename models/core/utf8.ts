/** UTF-8 (RFC 3629) without the host's TextEncoder, which code that knows no host does not have. */

/** Unpaired surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const letter of text) {
    const given = letter.codePointAt(0) ?? 0;
    const point = given >= 0xd800 && given <= 0xdfff ? 0xfffd : given;
    if (point < 0x80) {
      bytes[length++] = point;
      continue;
    }
    const further = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    bytes[length++] = ([0xc0, 0xe0, 0xf0][further - 1] ?? 0) | (point >> (6 * further));
    for (let at = further - 1; at >= 0; at -= 1) bytes[length++] = 0x80 | ((point >> (6 * at)) & 0x3f);
  }
  return bytes.slice(0, length);
}

/** @returns null for bytes that are no UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string | null {
  const parts: string[] = [];
  let points: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const further =
      first < 0x80 ? 0 : first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : -1;
    if (further < 0 || at + further >= bytes.length) return null;
    let point = further === 0 ? first : first & (0x3f >> further);
    for (let ahead = 1; ahead <= further; ahead += 1) {
      const next = bytes[at + ahead] ?? 0;
      if ((next & 0xc0) !== 0x80) return null;
      point = (point << 6) | (next & 0x3f);
    }
    const smallest = [0, 0x80, 0x800, 0x10000][further] ?? 0;
    if (point < smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null;
    points.push(point);
    at += further + 1;
    if (points.length === 4096) {
      parts.push(String.fromCodePoint(...points));
      points = [];
    }
  }
  return parts.join('') + String.fromCodePoint(...points);
}
