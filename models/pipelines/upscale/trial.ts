/** Is a stranger's graph an upscaler, and how much does it enlarge? Tried on a small picture of slopes and an edge. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { UpscaleConvention } from '../../../shared/domain/pack-manifest.ts';
import { upscaleTrialSize } from '../../../shared/pipelines/upscale.ts';
import { fromHalf, toHalf } from '../../core/float16.ts';
import type { ModelSession, TensorValue } from '../../runtime.ts';

/** Mean difference between input and reduced output, 0..1, up to which a graph counts as an upscaler; less for graphs that keep the size. */
const allowed = { enlarging: 0.15, keeping: 0.05 };

/**
 * The convention's factor and output range are not believed: they are what the trial is to find out.
 * @returns the output's size, a whole multiple of upscaleTrialSize(convention)
 * @throws model-mismatch when the output is not the input, enlarged
 */
export async function tryUpscaler(session: ModelSession, convention: UpscaleConvention): Promise<Size> {
  const size = upscaleTrialSize(convention);
  const { channels, inputRange, valueType, input, output } = convention;
  const levels = picture(size, channels);
  const values = levels.map((level) => (inputRange === '0..255' ? level * 255 : inputRange === '-1..1' ? level * 2 - 1 : level));
  const dims = [1, channels, size.height, size.width];
  const feed: TensorValue =
    valueType === 'float16' ? { type: 'float16', dims, data: toHalf(values) } : { type: 'float32', dims, data: values };
  const made = (await session.run({ [input]: feed }))[output];
  if (made === undefined) throw mismatch(`it has no output named "${output}"`);
  const [, given, height = 0, width = 0] = made.dims;
  const factor = width / size.width;
  if (made.dims.length !== 4 || given !== channels || !Number.isInteger(factor) || factor < 1 || height !== size.height * factor) {
    throw mismatch(`it made ${made.dims.join('×')} values of ${dims.join('×')}`);
  }
  const raw = made.type === 'float16' && made.data instanceof Uint16Array ? fromHalf(made.data) : Float32Array.from(made.data, Number);
  const difference = differenceOf(levels, inUnits(raw), size, channels, factor);
  if (!(difference <= (factor === 1 ? allowed.keeping : allowed.enlarging))) {
    throw mismatch('its output does not look like its input');
  }
  return { width, height };
}

const mismatch = (why: string): AppError =>
  new AppError('model-mismatch', `This is not an upscaling model Kiln recognises: ${why}.`, { action: 'Check what the model is for.' });

function picture({ width, height }: Size, channels: number): Float32Array {
  return Float32Array.from({ length: width * height * channels }, (_, index) => {
    const x = index % width;
    const y = Math.floor(index / width) % height;
    const channel = Math.floor(index / (width * height));
    const slope = channel === 0 ? x / width : channel === 1 ? y / height : 0.5;
    return x > width * 0.6 && y > height * 0.5 ? 1 - slope : slope;
  });
}

/** Raw values as 0..1, by the rule the importer keeps too: more than 2 is 0..255, well below 0 is -1..1. */
function inUnits(raw: Float32Array): Float32Array {
  const highest = raw.reduce((most, value) => Math.max(most, value), -Infinity);
  const lowest = raw.reduce((least, value) => Math.min(least, value), Infinity);
  if (highest > 2) return raw.map((value) => value / 255);
  return lowest < -0.2 ? raw.map((value) => (value + 1) / 2) : raw;
}

/**
 * Mean absolute difference between the input and the output's means over factor × factor cells, over the middle of the
 * picture: graphs see zeros around it, which darken its rim.
 */
function differenceOf(before: Float32Array, after: Float32Array, size: Size, channels: number, factor: number): number {
  const { width, height } = size;
  let sum = 0;
  let count = 0;
  for (let row = 0; row < height * channels; row += 1) {
    if (Math.abs((row % height) - height / 2) > height / 4) continue;
    for (let x = Math.ceil(width / 4); x <= (width * 3) / 4; x += 1) {
      let cell = 0;
      for (let dy = 0; dy < factor; dy += 1) {
        const from = (row * factor + dy) * width * factor + x * factor;
        for (let dx = 0; dx < factor; dx += 1) cell += after[from + dx] ?? NaN;
      }
      sum += Math.abs(cell / (factor * factor) - (before[row * width + x] ?? 0));
      count += 1;
    }
  }
  return sum / count;
}
