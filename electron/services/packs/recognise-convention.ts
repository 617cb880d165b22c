/** What kind of inpainting graph is this? Decided by the graph's own inputs and outputs, never by its file name. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { GraphSignature } from '../../../shared/contract/inference.ts';
import type { InpaintConvention } from '../../../shared/domain/pack-manifest.ts';

type Value = GraphSignature['inputs'][number];

const channelsOf = (value: Value): number | string | undefined => (value.dimensions.length === 4 ? value.dimensions[1] : undefined);

function fixedSizeOf(value: Value): InpaintConvention['fixedSize'] {
  const [, , height, width] = value.dimensions;
  return typeof height === 'number' && typeof width === 'number' && height > 0 && width > 0 ? { width, height } : null;
}

function elementType(value: Value): InpaintConvention['imageType'] | null {
  return value.type === 'float32' || value.type === 'float16' || value.type === 'uint8' ? value.type : null;
}

const listed = (values: readonly Value[]): string =>
  values.map((value) => `${value.name} ${value.type} [${value.dimensions.join(', ')}]`).join('; ') || 'none';

/**
 * Candidates to try, likeliest first; the importer keeps the first that gives a picture.
 * LaMa (Carve and OpenCV zoo exports), MI-GAN's pipeline and bare generator, and one-input LaMa: models' own contracts.
 */
export function recogniseInpainting(signature: GraphSignature): InpaintConvention[] {
  const fail = (why: string): AppError =>
    new AppError('model-mismatch', `This is not an inpainting model Kiln recognises: ${why}.`, {
      action: `Its inputs are ${listed(signature.inputs)}; its outputs are ${listed(signature.outputs)}.`,
    });
  const output =
    signature.outputs.find((value) => channelsOf(value) === 3 || typeof channelsOf(value) === 'string') ?? signature.outputs[0];
  if (output === undefined) throw fail('it has no output');
  const outputType = elementType(output);
  if (outputType === null) throw fail(`its output "${output.name}" has values of type ${output.type}`);
  const base = { task: 'inpaint', output: output.name, outputType, zeroHole: false, maskFirst: false } as const;

  if (signature.inputs.length === 1) {
    const [input] = signature.inputs;
    if (input === undefined || channelsOf(input) !== 4) throw fail('its only input does not take four channels (picture and mask)');
    const type = elementType(input);
    if (type === null || type === 'uint8') throw fail(`its input has values of type ${input.type}`);
    const fixedSize = fixedSizeOf(input);
    const shared = {
      ...base,
      imageInput: input.name,
      maskInput: null,
      imageType: type,
      maskType: type,
      fixedSize,
      modelSize: fixedSize?.width ?? 512,
    };
    const lama: InpaintConvention = {
      ...shared,
      imageRange: '0..1',
      zeroHole: true,
      maskHoleValue: 1,
      maskKnownValue: 0,
      outputRange: '0..1',
      sizeMultiple: 32,
    };
    // MI-GAN's generator takes (known - 0.5, picture * known) and gives -1..1. Its exports have one of two fixed sides;
    // LaMa's are of any size. Which it is shows in the range that a trial gives.
    const generator: InpaintConvention = {
      ...shared,
      imageRange: '-1..1',
      zeroHole: true,
      maskFirst: true,
      maskHoleValue: -0.5,
      maskKnownValue: 0.5,
      outputRange: '-1..1',
      sizeMultiple: 1,
    };
    return fixedSize !== null && (fixedSize.width === 256 || fixedSize.width === 512) ? [generator, lama] : [lama, generator];
  }
  if (signature.inputs.length !== 2) throw fail(`it takes ${String(signature.inputs.length)} inputs instead of a picture and a mask`);
  const mask = signature.inputs.find((value) => channelsOf(value) === 1) ?? signature.inputs.find((value) => /mask/i.test(value.name));
  const image = signature.inputs.find((value) => value !== mask);
  if (mask === undefined || image === undefined) throw fail('none of its inputs is a mask of one channel');
  if (typeof channelsOf(image) === 'number' && channelsOf(image) !== 3)
    throw fail(`its picture input takes ${String(channelsOf(image))} channels`);
  const imageType = elementType(image);
  const maskType = elementType(mask);
  if (imageType === null || maskType === null) throw fail(`its inputs have values of types ${image.type} and ${mask.type}`);
  const fixedSize = fixedSizeOf(image);
  const shared = {
    ...base,
    imageInput: image.name,
    maskInput: mask.name,
    imageType,
    maskType,
    fixedSize,
    modelSize: fixedSize?.width ?? 512,
  };

  if (imageType === 'uint8') {
    // MI-GAN's own pipeline: the mask says what is KNOWN.
    const migan: InpaintConvention = {
      ...shared,
      imageRange: '0..255',
      maskHoleValue: 0,
      maskKnownValue: 255,
      outputRange: '0..255',
      sizeMultiple: fixedSize === null ? 8 : 1,
    };
    return [migan];
  }
  const lama: InpaintConvention = {
    ...shared,
    imageRange: '0..1',
    maskHoleValue: 1,
    maskKnownValue: 0,
    outputRange: '0..255',
    sizeMultiple: 8,
  };
  // Which range it gives cannot be read off the graph: the importer looks at a trial's values.
  return [lama, { ...lama, outputRange: '0..1' }];
}

/** The candidate whose output range fits what a trial gave. */
export function rangeOfTrial(trial: { minimum: number; maximum: number }): InpaintConvention['outputRange'] {
  if (trial.maximum > 2) return '0..255';
  return trial.minimum < -0.2 ? '-1..1' : '0..1';
}
