/** Hue, saturation and contrast of a tile, pixel by pixel: what is tileable stays so. */
import { intoGamut } from '../../../shared/colour/gamut.ts';
import { linearFromOklab, oklabFromLinear, type Oklab } from '../../../shared/colour/oklab.ts';
import { fromLinear, toLinear } from '../../../shared/colour/srgb.ts';
import { newPlanes, type Planes } from '../../core/planes.ts';

export interface Tint {
  hueDegrees: number;
  /** 1 leaves it. */
  saturation: number;
  /** 1 leaves it; about the tile's own mean lightness. */
  contrast: number;
}

/** @param colour RGB, sRGB 0..1; given back as it is when the tint changes nothing */
export function tintColours(colour: Planes, { hueDegrees, saturation, contrast }: Tint): Planes {
  if (hueDegrees === 0 && saturation === 1 && contrast === 1) return colour;
  const count = colour.width * colour.height;
  const labs: Oklab[] = Array.from({ length: count }, (_, index) =>
    oklabFromLinear(
      toLinear(colour.data[index] ?? 0),
      toLinear(colour.data[count + index] ?? 0),
      toLinear(colour.data[2 * count + index] ?? 0),
    ),
  );
  const mean = labs.reduce((sum, [L]) => sum + L, 0) / count;
  const angle = (hueDegrees * Math.PI) / 180;
  const cos = Math.cos(angle) * saturation;
  const sin = Math.sin(angle) * saturation;
  const result = newPlanes(colour, 3);
  labs.forEach(([L, a, b], index) => {
    const turned: Oklab = [mean + (L - mean) * contrast, a * cos - b * sin, a * sin + b * cos];
    linearFromOklab(intoGamut(turned)).forEach((value, channel) => {
      result.data[channel * count + index] = Math.min(1, Math.max(0, fromLinear(value)));
    });
  });
  return result;
}
