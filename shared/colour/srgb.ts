/** sRGB (IEC 61966-2-1) as hex text, bytes and linear light. */

/** Red, green, blue. Bytes 0..255, or unit values 0..1 where a function says so. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** '#rrggbb' or '#rgb', with or without '#', in either case -> bytes; null when it is none of these. */
export function parseHex(text: string): Rgb | null {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim())?.[1];
  if (digits === undefined) return null;
  const full = digits.length === 6 ? digits : digits.replace(/./g, '$&$&');
  const value = Number.parseInt(full, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Bytes (rounded and clamped) -> '#rrggbb'. */
export function toHex(bytes: Rgb): string {
  return `#${bytes.map((value) => toByte(value).toString(16).padStart(2, '0')).join('')}`;
}

/** sRGB byte, clamped. */
export const toByte = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));

/** Unit sRGB -> linear light. Odd about zero, so that values slightly out of gamut stay meaningful. */
export function toLinear(value: number): number {
  const size = Math.abs(value);
  return Math.sign(value) * (size <= 0.04045 ? size / 12.92 : ((size + 0.055) / 1.055) ** 2.4);
}

/** Linear light -> unit sRGB; inverse of {@link toLinear}. */
export function fromLinear(value: number): number {
  const size = Math.abs(value);
  return Math.sign(value) * (size <= 0.0031308 ? size * 12.92 : 1.055 * size ** (1 / 2.4) - 0.055);
}

/** Linear light of each of the 256 bytes: pictures are converted by table. */
export const linearOfByte: Float64Array = Float64Array.from({ length: 256 }, (_, byte) => toLinear(byte / 255));
