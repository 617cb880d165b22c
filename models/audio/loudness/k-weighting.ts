/** The K weighting of ITU-R BS.1770-5, Annex 1, at any sample rate. */
import type { BiquadCoefficients } from '../dsp/biquad.ts';

/**
 * The head's shelf and the low cut, designed anew from the analogue filters behind the standard's 48 kHz coefficients (as in
 * libebur128): at 48 kHz they are the standard's to nine digits.
 */
export function kWeighting(sampleRate: number): { shelf: BiquadCoefficients; lowCut: BiquadCoefficients } {
  const shelfK = Math.tan((Math.PI * 1681.974_450_955_533) / sampleRate);
  const shelfQ = 0.707_175_236_955_419_6;
  const high = 10 ** (3.999_843_853_973_347 / 20);
  const band = high ** 0.499_666_774_154_541_6;
  const shelfA0 = 1 + shelfK / shelfQ + shelfK ** 2;
  const cutK = Math.tan((Math.PI * 38.135_470_876_024_44) / sampleRate);
  const cutQ = 0.500_327_037_323_877_3;
  const cutA0 = 1 + cutK / cutQ + cutK ** 2;
  return {
    shelf: {
      b0: (high + (band * shelfK) / shelfQ + shelfK ** 2) / shelfA0,
      b1: (2 * (shelfK ** 2 - high)) / shelfA0,
      b2: (high - (band * shelfK) / shelfQ + shelfK ** 2) / shelfA0,
      a1: (2 * (shelfK ** 2 - 1)) / shelfA0,
      a2: (1 - shelfK / shelfQ + shelfK ** 2) / shelfA0,
    },
    // The standard leaves the numerator at 1, -2, 1.
    lowCut: { b0: 1, b1: -2, b2: 1, a1: (2 * (cutK ** 2 - 1)) / cutA0, a2: (1 - cutK / cutQ + cutK ** 2) / cutA0 },
  };
}
