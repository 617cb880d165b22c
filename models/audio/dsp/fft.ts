/** Radix-2 Fourier transforms: of tables when they are built, and of sounds when they are measured. */

interface Turns {
  cosines: Float64Array;
  sines: Float64Array;
}
const turnsOfSize = new Map<number, Turns>();

/** e^(-i 2 pi k / size) for the first half of the turn; kept, because the same sizes come again and again. */
function turnsOf(size: number): Turns {
  const known = turnsOfSize.get(size);
  if (known !== undefined) return known;
  const angle = (_: unknown, k: number): number => (-2 * Math.PI * k) / size;
  const angles = Float64Array.from({ length: size / 2 }, angle);
  const turns = { cosines: angles.map(Math.cos), sines: angles.map(Math.sin) };
  turnsOfSize.set(size, turns);
  return turns;
}

/**
 * In-place complex transform, e^(-i...) forwards, not scaled.
 * @param real,imaginary equal lengths, a power of two
 * @throws RangeError for other lengths
 */
export function fft(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  if (size === 0 || (size & (size - 1)) !== 0 || imaginary.length !== size)
    throw new RangeError(`An FFT of ${size} points is no power of two`);
  for (let from = 1, to = 0; from < size; from += 1) {
    let bit = size >> 1;
    for (; (to & bit) !== 0; bit >>= 1) to ^= bit;
    to ^= bit;
    if (from < to) {
      [real[from], real[to]] = [real[to] ?? 0, real[from] ?? 0];
      [imaginary[from], imaginary[to]] = [imaginary[to] ?? 0, imaginary[from] ?? 0];
    }
  }
  const { cosines, sines } = turnsOf(size);
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let k = 0; k < half; k += 1) {
      const cosine = cosines[k * stride] ?? 1;
      const sine = sines[k * stride] ?? 0;
      for (let even = k; even < size; even += half * 2) {
        const odd = even + half;
        const oddReal = real[odd] ?? 0;
        const oddImaginary = imaginary[odd] ?? 0;
        const turnedReal = oddReal * cosine - oddImaginary * sine;
        const turnedImaginary = oddReal * sine + oddImaginary * cosine;
        const evenReal = real[even] ?? 0;
        const evenImaginary = imaginary[even] ?? 0;
        real[even] = evenReal + turnedReal;
        imaginary[even] = evenImaginary + turnedImaginary;
        real[odd] = evenReal - turnedReal;
        imaginary[odd] = evenImaginary - turnedImaginary;
      }
    }
  }
}

/**
 * Power of a stretch of sound under a Blackman-Harris window (side lobes at -92 dB), so that weak lines beside strong ones are seen.
 * @returns [size / 2] power; bin b is b * sampleRate / size Hz. A full-scale sine has 0.25 in its bin.
 */
export function powerSpectrum(samples: Float32Array, start: number, size: number): Float64Array {
  const real = new Float64Array(size);
  for (let index = 0; index < size; index += 1) {
    const turn = (2 * Math.PI * index) / size;
    const window = 0.35875 - 0.48829 * Math.cos(turn) + 0.14128 * Math.cos(2 * turn) - 0.01168 * Math.cos(3 * turn);
    real[index] = (samples[start + index] ?? 0) * window;
  }
  const imaginary = new Float64Array(size);
  fft(real, imaginary);
  const scale = 1 / (0.35875 * size) ** 2;
  return real.subarray(0, size / 2).map((value, bin) => (value ** 2 + (imaginary[bin] ?? 0) ** 2) * scale);
}
