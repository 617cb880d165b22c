/** Sound as a picture for the history: the waveform of each side, coloured by where its spectrum lies. */
import { powerSpectrum } from '../../../audio/dsp/fft.ts';
import type { PixelImage } from '../../../pipeline.ts';
import { accent, ground, line, mixed, sunken } from './colours.ts';
import { Painter } from './painter.ts';
import type { Rgb } from '../../../../shared/colour/srgb.ts';
import { pictureSize } from './score-picture.ts';

const margin = 14;
const spectrumSize = 512;
/** Quiet sounds are drawn larger, up to this. */
const mostGain = 8;
const bright: Rgb = [128, 196, 232];
const middleColour: Rgb = [232, 190, 84];

/** Dark sounds are orange, bright ones blue. */
function colourOf(centroidHz: number): Rgb {
  const share = Math.min(1, Math.max(0, Math.log2(centroidHz / 150) / Math.log2(8000 / 150)));
  return share < 0.5 ? mixed(accent, middleColour, share * 2) : mixed(middleColour, bright, share * 2 - 1);
}

function centroidAt(samples: Float32Array, middle: number, sampleRate: number): number {
  const power = powerSpectrum(samples, Math.max(0, middle - spectrumSize / 2), spectrumSize);
  let [total, weighted] = [1e-12, 0];
  for (const [bin, value] of power.entries()) {
    total += value;
    weighted += value * bin;
  }
  return Math.max(20, (weighted / total) * (sampleRate / spectrumSize));
}

const isSame = (a: Float32Array, b: Float32Array): boolean => a.length === b.length && a.every((value, index) => value === b[index]);

/** @param channels -1..1, of equal lengths; equal sides are drawn once */
export function waveformPicture(channels: readonly Float32Array[], sampleRate: number): PixelImage {
  const { width, height } = pictureSize;
  const painter = new Painter(width, height, ground);
  const [first, second] = channels;
  const shown = first === undefined ? [] : second === undefined || isSame(first, second) ? [first] : [first, second];
  const lane = (height - margin * (shown.length + 1)) / Math.max(1, shown.length);
  const seconds = (first?.length ?? 0) / sampleRate;
  const peak = shown.reduce((most, samples) => samples.reduce((high, value) => Math.max(high, Math.abs(value)), most), 0);
  const gain = peak === 0 ? 0 : Math.min(mostGain, 1 / peak);
  for (const [index, samples] of shown.entries()) paintLane(painter, samples, sampleRate, gain, margin + index * (lane + margin), lane);
  const everyS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60].find((step) => seconds / step <= 24) ?? 120;
  for (let at = everyS; at < seconds; at += everyS) {
    const x = margin + (at / seconds) * (width - 2 * margin);
    painter.rectangle(x - 0.5, margin, x + 0.5, height - margin, line, 0.09);
  }
  return painter.picture();
}

function paintLane(painter: Painter, samples: Float32Array, sampleRate: number, gain: number, top: number, height: number): void {
  const columns = painter.width - 2 * margin;
  const middle = top + height / 2;
  const reach = height / 2 - 6;
  painter.rectangle(margin, top, painter.width - margin, top + height, sunken, 1, 6);
  painter.rectangle(margin, middle - 0.5, painter.width - margin, middle + 0.5, line, 0.16);
  let colour = accent;
  for (let column = 0; column < columns; column += 1) {
    const from = Math.floor((column / columns) * samples.length);
    const to = Math.max(from + 1, Math.floor(((column + 1) / columns) * samples.length));
    // From the middle line outwards, so that slow waves are bodies and not lines.
    let [low, high, squares] = [0, 0, 0];
    for (let index = from; index < to; index += 1) {
      const value = (samples[index] ?? 0) * gain;
      low = Math.min(low, value);
      high = Math.max(high, value);
      squares += value * value;
    }
    if (column % 4 === 0) colour = colourOf(centroidAt(samples, (from + to) >> 1, sampleRate));
    const rms = Math.sqrt(squares / (to - from));
    const left = margin + column;
    painter.rectangle(left, middle - reach * high - 0.5, left + 1, middle - reach * low + 0.5, colour, 0.55);
    painter.rectangle(left, middle - reach * Math.min(rms, high), left + 1, middle + reach * Math.min(rms, -low), colour, 1);
  }
}
