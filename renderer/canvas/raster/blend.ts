/**
 * Layers over one another: W3C Compositing and Blending Level 1, separable modes with source-over compositing.
 *
 *   co = as (1 - ab) Cs + as ab B(Cb, Cs) + (1 - as) ab Cb,   ao = as + ab (1 - as),   Co = co / ao
 */
import type { BlendMode } from '../../../shared/domain/document.ts';

/**
 * Blends `source` over `backdrop`, in place. Both are RGBA bytes with straight alpha and of one length (RangeError
 * otherwise); `opacity`, 0..1, scales the source's alpha. Results are rounded to nearest. The backdrop's bytes stay as they
 * are where the source is transparent, and become the source's where that is opaque, normal and at full opacity.
 */
export function compositePixels(backdrop: Uint8Array, source: Uint8Array, mode: BlendMode, opacity: number): void {
  if (backdrop.length !== source.length) throw new RangeError(`Blending ${source.length} bytes over ${backdrop.length}.`);
  const strength = Math.min(1, Math.max(0, opacity)) / 255;
  // Written so that NaN paints nothing.
  if (!(strength > 0)) return;
  if (mode === 'normal') compositeNormal(backdrop, source, strength);
  else compositeBlended(backdrop, source, tableOf(mode), strength);
}

/** `strength`: what to multiply the source's alpha byte by to get 0..1. */
function compositeNormal(backdrop: Uint8Array, source: Uint8Array, strength: number): void {
  for (let i = 0; i < source.length; i += 4) {
    const sourceByte = source[i + 3] ?? 0;
    if (sourceByte === 0) continue;
    const sourceAlpha = sourceByte * strength;
    const backdropByte = backdrop[i + 3] ?? 0;
    if (sourceAlpha === 1 || backdropByte === 0) {
      backdrop[i] = source[i] ?? 0;
      backdrop[i + 1] = source[i + 1] ?? 0;
      backdrop[i + 2] = source[i + 2] ?? 0;
      backdrop[i + 3] = sourceAlpha * 255 + 0.5;
      continue;
    }
    const kept = (backdropByte / 255) * (1 - sourceAlpha);
    const alpha = sourceAlpha + kept;
    const fromSource = backdropByte === 255 ? sourceAlpha : sourceAlpha / alpha;
    const fromBackdrop = 1 - fromSource;
    backdrop[i] = (source[i] ?? 0) * fromSource + (backdrop[i] ?? 0) * fromBackdrop + 0.5;
    backdrop[i + 1] = (source[i + 1] ?? 0) * fromSource + (backdrop[i + 1] ?? 0) * fromBackdrop + 0.5;
    backdrop[i + 2] = (source[i + 2] ?? 0) * fromSource + (backdrop[i + 2] ?? 0) * fromBackdrop + 0.5;
    backdrop[i + 3] = alpha * 255 + 0.5;
  }
}

function compositeBlended(backdrop: Uint8Array, source: Uint8Array, table: Uint16Array, strength: number): void {
  for (let i = 0; i < source.length; i += 4) {
    const sourceByte = source[i + 3] ?? 0;
    if (sourceByte === 0) continue;
    const sourceAlpha = sourceByte * strength;
    const backdropByte = backdrop[i + 3] ?? 0;
    const kept = (backdropByte / 255) * (1 - sourceAlpha);
    const alpha = sourceAlpha + kept;
    const fromBackdrop = kept / alpha;
    // Table entries are 257 times a byte.
    const blended = ((sourceAlpha * backdropByte) / 255 / alpha) * (1 / 257);
    const fromSource = (sourceAlpha * (1 - backdropByte / 255)) / alpha;
    for (let c = i; c < i + 3; c += 1) {
      const over = source[c] ?? 0;
      const under = backdrop[c] ?? 0;
      backdrop[c] = over * fromSource + (table[under * 256 + over] ?? 0) * blended + under * fromBackdrop + 0.5;
    }
    backdrop[i + 3] = alpha * 255 + 0.5;
  }
}

/** B(Cb, Cs) for every pair of bytes (row: backdrop), 0..65535. One loop serves all modes at the cost of a look-up. */
const tables = new Map<BlendMode, Uint16Array>();

function tableOf(mode: Exclude<BlendMode, 'normal'>): Uint16Array {
  const known = tables.get(mode);
  if (known !== undefined) return known;
  const blend = formulas[mode];
  const table = new Uint16Array(65536);
  for (let i = 0; i < table.length; i += 1) table[i] = blend((i >> 8) / 255, (i & 255) / 255) * 65535 + 0.5;
  tables.set(mode, table);
  return table;
}

type Formula = (backdrop: number, source: number) => number;

const multiply: Formula = (backdrop, source) => backdrop * source;
const screen: Formula = (backdrop, source) => backdrop + source - backdrop * source;
const hardLight: Formula = (backdrop, source) => (source <= 0.5 ? multiply(backdrop, 2 * source) : screen(backdrop, 2 * source - 1));

/** As the W3C's text has them, section 9. */
const formulas: Readonly<Record<Exclude<BlendMode, 'normal'>, Formula>> = {
  multiply,
  screen,
  overlay: (backdrop, source) => hardLight(source, backdrop),
  darken: Math.min,
  lighten: Math.max,
  'color-dodge': (backdrop, source) => (backdrop === 0 ? 0 : source === 1 ? 1 : Math.min(1, backdrop / (1 - source))),
  'color-burn': (backdrop, source) => (backdrop === 1 ? 1 : source === 0 ? 0 : 1 - Math.min(1, (1 - backdrop) / source)),
  'hard-light': hardLight,
  'soft-light': (backdrop, source) => {
    if (source <= 0.5) return backdrop - (1 - 2 * source) * backdrop * (1 - backdrop);
    const curve = backdrop <= 0.25 ? ((16 * backdrop - 12) * backdrop + 4) * backdrop : Math.sqrt(backdrop);
    return backdrop + (2 * source - 1) * (curve - backdrop);
  },
  difference: (backdrop, source) => Math.abs(backdrop - source),
  exclusion: (backdrop, source) => backdrop + source - 2 * backdrop * source,
};
