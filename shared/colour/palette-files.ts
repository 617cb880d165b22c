/** Palettes as files of other programs: pure functions from colours to bytes or text, and back where a format is read. */
import { parseHex, toByte, toHex, type Rgb } from './srgb.ts';

export interface NamedColour {
  name: string;
  /** sRGB bytes. */
  rgb: Rgb;
}

/**
 * Adobe Swatch Exchange, version 1.0, one group. Big-endian throughout; colours are "RGB " floats of type global (0);
 * names are UTF-16 with a closing zero. Layout as read by Photoshop, Illustrator, InDesign and Krita.
 */
export function writeAse(groupName: string, colours: readonly NamedColour[]): Uint8Array {
  const blocks = [
    block(0xc001, utf16(groupName)),
    ...colours.map(({ name, rgb }) => {
      const model = new Uint8Array(18);
      const view = new DataView(model.buffer);
      model.set([0x52, 0x47, 0x42, 0x20]);
      rgb.forEach((value, index) => view.setFloat32(4 + index * 4, toByte(value) / 255));
      return block(0x0001, joined([utf16(name), model]));
    }),
    block(0xc002, new Uint8Array(0)),
  ];
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  header.set([0x41, 0x53, 0x45, 0x46]);
  view.setUint16(4, 1);
  view.setUint16(6, 0);
  view.setUint32(8, blocks.length);
  return joined([header, ...blocks]);
}

/** Colours of an ASE file in RGB or grey; others (CMYK, Lab) are left out. Null when it is not such a file. */
export function readAse(bytes: Uint8Array): NamedColour[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(0) !== 0x41534546) return null;
  const colours: NamedColour[] = [];
  let at = 12;
  while (at + 6 <= bytes.length) {
    const type = view.getUint16(at);
    const end = at + 6 + view.getUint32(at + 2);
    if (end > bytes.length) return null;
    if (type === 1 && end - at >= 8) {
      const units = view.getUint16(at + 6);
      const model = at + 8 + units * 2;
      if (model + 4 > end) return null;
      let name = '';
      for (let unit = 0; unit < units - 1; unit += 1) name += String.fromCharCode(view.getUint16(at + 8 + unit * 2));
      const kind = view.getUint32(model);
      const byte = (index: number): number => toByte(view.getFloat32(model + 4 + index * 4) * 255);
      if (kind === 0x52474220 && model + 16 <= end) colours.push({ name, rgb: [byte(0), byte(1), byte(2)] });
      else if (kind === 0x47726179 && model + 8 <= end) colours.push({ name, rgb: [byte(0), byte(0), byte(0)] });
    }
    at = end;
  }
  return colours;
}

/** GIMP palette: text, one colour a line. */
export function writeGpl(name: string, colours: readonly NamedColour[]): string {
  const lines = colours.map(
    (colour) => `${colour.rgb.map((value) => String(toByte(value)).padStart(3)).join(' ')}\t${oneLine(colour.name)}`,
  );
  return ['GIMP Palette', `Name: ${oneLine(name)}`, `Columns: ${String(Math.min(16, colours.length))}`, '#', ...lines, ''].join('\n');
}

/** Null when the first line is not a GIMP palette's. */
export function readGpl(text: string): NamedColour[] | null {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.trim() !== 'GIMP Palette') return null;
  return lines.slice(1).flatMap((line) => {
    const match = /^\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(.*))?$/.exec(line);
    return match === null ? [] : [{ name: match[4]?.trim() ?? '', rgb: [Number(match[1]), Number(match[2]), Number(match[3])] }];
  });
}

/** CSS custom properties on :root, `--<prefix>-1` and on, with the name behind each as a comment. */
export function writeCss(prefix: string, colours: readonly NamedColour[]): string {
  const stem = identifier(prefix);
  const lines = colours.map(({ name, rgb }, index) => {
    const remark = oneLine(name).replaceAll('*/', '* /');
    return `  --${stem}-${String(index + 1)}: ${toHex(rgb)};${remark === '' ? '' : ` /* ${remark} */`}`;
  });
  return [':root {', ...lines, '}', ''].join('\n');
}

/** Colours written as hex in any text (CSS, notes, one a line), in order, without repeats. */
export function readHexColours(text: string): NamedColour[] {
  const found = new Map<string, NamedColour>();
  for (const [word] of text.matchAll(/#(?:[0-9a-f]{6}|[0-9a-f]{3})\b/gi)) {
    const rgb = parseHex(word);
    if (rgb !== null && !found.has(toHex(rgb))) found.set(toHex(rgb), { name: toHex(rgb), rgb });
  }
  return [...found.values()];
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Safe inside a custom property's name. */
function identifier(text: string): string {
  const cleaned = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return cleaned === '' ? 'colour' : cleaned;
}

/** Length in 16-bit units (the closing zero included), then the units. */
function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + (text.length + 1) * 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, text.length + 1);
  for (let index = 0; index < text.length; index += 1) view.setUint16(2 + index * 2, text.charCodeAt(index));
  return bytes;
}

function block(type: number, body: Uint8Array): Uint8Array {
  const head = new Uint8Array(6);
  const view = new DataView(head.buffer);
  view.setUint16(0, type);
  view.setUint32(2, body.length);
  return joined([head, body]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
