/** Which sizes a pack can work at. */
import { z } from 'zod';
import type { Size } from '../../../shared/domain/geometry.ts';
import { largestDiffusionSidePx } from '../../../shared/pipelines/diffusion.ts';
import type { PipelineContext } from '../../pipeline.ts';
import { parsePythonJson } from '../../../shared/json/python-json.ts';

export interface SizeRules {
  /** What the model was trained at, in pixels. */
  native: Size;
  /** Sides are multiples of this. */
  multiple: number;
  /** Sides that the graph fixes. */
  fixed: Size | null;
}

/** Halvings of the latents within the UNets people have, where no configuration tells. */
const usualHalving = 8;

const unetConfigSchema = z.object({ block_out_channels: z.array(z.number()).min(1).max(8) });

/**
 * Sides are multiples of the VAE's scale times what the UNet halves: its skip connections do not meet otherwise, because exported
 * graphs double sizes blindly. unet/config.json says how often; without it eight, unless the native size is no multiple of that.
 */
export async function readSizeRules(
  context: Pick<PipelineContext<'diffusion'>, 'manifest' | 'convention' | 'packText'>,
  fixedSize: () => Promise<Size | null>,
  needsFixed: boolean,
): Promise<SizeRules> {
  const { nativeSize: native, parts, vae } = context.convention;
  const folder = parts.denoiser.includes('/') ? parts.denoiser.slice(0, parts.denoiser.lastIndexOf('/') + 1) : '';
  const config = `${folder}config.json`;
  let halving = commonDivisor(commonDivisor(native.width / vae.scale, native.height / vae.scale), usualHalving);
  if (folder !== '' && context.manifest.files.some(({ path }) => path === config)) {
    const levels = readLevels(await context.packText(config));
    if (levels !== null) halving = 2 ** (levels - 1);
  }
  return { native, multiple: vae.scale * halving, fixed: needsFixed ? await fixedSize() : null };
}

function readLevels(text: string): number | null {
  try {
    const parsed = unetConfigSchema.safeParse(parsePythonJson(text));
    return parsed.success ? parsed.data.block_out_channels.length : null;
  } catch {
    return null;
  }
}

function commonDivisor(a: number, b: number): number {
  if (!Number.isInteger(a) || !Number.isInteger(b)) return 1;
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** The nearest size that the model can do; never below one multiple, never above the largest side. */
export function roundedSize({ width, height }: Size, multiple: number): Size {
  const most = Math.floor(largestDiffusionSidePx / multiple) * multiple;
  const side = (length: number): number => Math.min(most, Math.max(multiple, Math.round(length / multiple) * multiple));
  return { width: side(width), height: side(height) };
}

/** The next size up that the model can do. */
export function widened({ width, height }: Size, multiple: number): Size {
  return { width: Math.ceil(width / multiple) * multiple, height: Math.ceil(height / multiple) * multiple };
}

export const sizeWords = ({ width, height }: Size): string => `${String(width)}×${String(height)}`;
