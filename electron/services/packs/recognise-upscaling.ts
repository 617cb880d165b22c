/**
 * Is this an upscaling graph? Real-ESRGAN, SRVGGNetCompact and ESRGAN exports: one picture in, one picture out, whatever they
 * are called. The factor and the ranges cannot be read off graphs with free sides: a trial finds them.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { GraphSignature } from '../../../shared/contract/inference.ts';
import type { UpscaleConvention } from '../../../shared/domain/pack-manifest.ts';

type Value = GraphSignature['inputs'][number];

/** What Real-ESRGAN's own program uses: tiles overlap by 10 pixels, and the picture is reflected by 10 at its edges. */
const realEsrganPad = 10;

/** Graphs that fold pixels into channels first want even sides (x2plus), or multiples of 4 (x1). */
const sizeMultiples = [1, 2, 4] as const;

const side = (value: Value, axis: 2 | 3): number | null => {
  const length = value.dimensions[axis];
  return typeof length === 'number' && length > 0 ? length : null;
};

function channelsOf(value: Value): 1 | 3 | 'free' | null {
  if (value.dimensions.length !== 4) return null;
  const channels = value.dimensions[1];
  if (channels === 1 || channels === 3) return channels;
  return typeof channels === 'string' || (channels ?? 0) <= 0 ? 'free' : null;
}

const listed = (values: readonly Value[]): string =>
  values.map((value) => `${value.name} ${value.type} [${value.dimensions.join(', ')}]`).join('; ') || 'none';

/** @throws model-mismatch, saying why it is not one */
export function recogniseUpscaling(signature: GraphSignature): UpscaleConvention[] {
  const fail = (why: string): AppError =>
    new AppError('model-mismatch', `This is not an upscaling model Kiln recognises: ${why}.`, {
      action: `Its inputs are ${listed(signature.inputs)}; its outputs are ${listed(signature.outputs)}.`,
    });
  const [input, ...others] = signature.inputs;
  if (input === undefined || others.length > 0) throw fail(`it takes ${String(signature.inputs.length)} inputs instead of one picture`);
  const given = channelsOf(input);
  if (given === null) throw fail(`its input "${input.name}" is not a picture of one or three channels`);
  const output = signature.outputs.find((value) => value.dimensions.length === 4) ?? signature.outputs[0];
  // Some exporters leave the output without a shape.
  if (output === undefined || (output.dimensions.length > 0 && channelsOf(output) === null)) throw fail('its output is not a picture');
  const made = output.dimensions.length > 0 ? channelsOf(output) : 'free';
  if (given !== 'free' && made !== 'free' && given !== made) throw fail('its output has another number of channels than its input');
  const valueType = input.type;
  if (valueType !== 'float32' && valueType !== 'float16') throw fail(`its input has values of type ${input.type}`);

  const height = side(input, 2);
  const width = side(input, 3);
  if ((height === null) !== (width === null)) throw fail('only one of its sides is fixed');
  const fixedSize = height === null || width === null ? null : { width, height };
  const factor = factorOf(fixedSize, output);
  if (factor === null) throw fail('its output is not a whole number of times as large as its input');
  const base = {
    task: 'upscale',
    input: input.name,
    output: output.name,
    valueType,
    outputRange: '0..1',
    channels: given === 'free' ? (made === 1 ? 1 : 3) : given,
    factor,
    fixedSize,
    overlap: realEsrganPad,
    prePad: realEsrganPad,
    tileSize: null,
    variants: {},
  } as const;
  const multiples = fixedSize === null ? sizeMultiples : ([1] as const);
  return [
    ...multiples.map((sizeMultiple) => ({ ...base, inputRange: '0..1' as const, sizeMultiple })),
    // Rare: each candidate that fails costs the start of a process.
    { ...base, inputRange: '0..255', sizeMultiple: multiples.at(-1) ?? 1 },
  ];
}

/** 1 where the graph does not say; null where it says something impossible. */
function factorOf(fixedSize: UpscaleConvention['fixedSize'], output: Value): number | null {
  if (fixedSize === null) return 1;
  const height = side(output, 2);
  const width = side(output, 3);
  if (height === null || width === null) return 1;
  const factor = width / fixedSize.width;
  return Number.isInteger(factor) && factor >= 1 && factor <= 16 && height === fixedSize.height * factor ? factor : null;
}
