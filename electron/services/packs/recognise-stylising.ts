/**
 * Is this a graph that holds one style? Fast neural style (Johnson et al. 2016; the ONNX zoo's mosaic, candy and others): one
 * RGB picture in, one of the same size out, values 0..255 on both sides. Restoring graphs look the same from outside: the
 * trial tells them apart by what comes out.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { GraphSignature } from '../../../shared/contract/inference.ts';
import type { StylizeFixedConvention } from '../../../shared/domain/pack-manifest.ts';

type Value = GraphSignature['inputs'][number];

const fixedSide = (value: Value, axis: 2 | 3): number | null => {
  const length = value.dimensions[axis];
  return typeof length === 'number' && length > 0 ? length : null;
};

/** Three, or not said. */
const mayBeColour = (value: Value): boolean => {
  const channels = value.dimensions[1];
  return value.dimensions.length === 4 && (channels === 3 || typeof channels === 'string');
};

const listed = (values: readonly Value[]): string =>
  values.map((value) => `${value.name} ${value.type} [${value.dimensions.join(', ')}]`).join('; ') || 'none';

/** @throws model-mismatch, saying why it is not one */
export function recogniseStylising(signature: GraphSignature): StylizeFixedConvention[] {
  const fail = (why: string): AppError =>
    new AppError('model-mismatch', `This is not a style model Kiln recognises: ${why}.`, {
      action: `Its inputs are ${listed(signature.inputs)}; its outputs are ${listed(signature.outputs)}.`,
    });
  const [input] = signature.inputs;
  const [output] = signature.outputs;
  if (input === undefined || signature.inputs.length > 1)
    throw fail(`it takes ${String(signature.inputs.length)} inputs instead of one picture`);
  if (output === undefined) throw fail('it has no output');
  if (!mayBeColour(input)) throw fail(`its input "${input.name}" is not a picture of three channels`);
  // Some exporters leave the output without a shape.
  if (output.dimensions.length > 0 && !mayBeColour(output)) throw fail(`its output "${output.name}" is not a picture of three channels`);
  const valueType = input.type;
  if (valueType !== 'float32' && valueType !== 'float16') throw fail(`its input has values of type ${input.type}`);
  const [height, width] = [fixedSide(input, 2), fixedSide(input, 3)];
  if ((height === null) !== (width === null)) throw fail('only one of its sides is fixed');
  for (const axis of [2, 3] as const) {
    const [given, made] = [fixedSide(input, axis), output.dimensions.length > 0 ? fixedSide(output, axis) : null];
    if (given !== null && made !== null && given !== made) throw fail('its output has another size than its input');
  }
  return [
    {
      task: 'stylize',
      kind: 'fixed-style',
      input: input.name,
      output: output.name,
      valueType,
      inputRange: '0..255',
      outputRange: '0..255',
      fixedSize: height === null || width === null ? null : { width, height },
      // The networks halve their input twice and round: other sizes come back changed.
      sizeMultiple: height === null ? 4 : 1,
    },
  ];
}
