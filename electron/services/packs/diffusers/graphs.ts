/** What the graphs of a diffusers folder say of themselves: the producer's name is never asked. */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { GraphSignature } from '../../../../shared/contract/inference.ts';
import type { DiffusionConvention } from '../../../../shared/domain/diffusion-convention.ts';
import type { DiffusersConfigs } from './configs.ts';
import { unsupportedFamily } from './layout.ts';

type Value = GraphSignature['inputs'][number];

export interface PartSignatures {
  unet: GraphSignature;
  vaeDecoder: GraphSignature;
  vaeEncoder: GraphSignature | null;
  textEncoder: GraphSignature | null;
  textEncoder2: GraphSignature | null;
}

export interface GraphFacts {
  architecture: DiffusionConvention['architecture'];
  inChannels: number;
  latentChannels: number;
  timestepCondDim: number | null;
  controls: number;
  /** Of the prompt's states, where the graph or its configuration says. */
  contextWidth: number | null;
  /** Five numbers in time_ids: the refiner's. */
  aestheticIds: boolean;
  /** Height and width the UNet's sample is fixed at; null: free. */
  fixedSample: { height: number; width: number } | null;
}

const mismatch = (message: string, action = 'Export the model again with Optimum, or choose another one.'): AppError =>
  new AppError('model-mismatch', message, { action });

const listed = (values: readonly Value[]): string =>
  values.map(({ name, type, dimensions }) => `${name} ${type} [${dimensions.join(', ')}]`).join('; ') || 'none';

const side = (value: Value | undefined, axis: number): number | null => {
  const length = value?.dimensions.at(axis);
  return typeof length === 'number' && length > 0 ? length : null;
};

const input = (signature: GraphSignature, name: string): Value | undefined => signature.inputs.find((value) => value.name === name);

const isFloat = (value: Value): boolean => value.type === 'float32' || value.type === 'float16';

/** @throws unsupported by name for other families, model-mismatch for graphs that are not what their folder says */
export function factsOf(parts: PartSignatures, configs: DiffusersConfigs): GraphFacts {
  const { unet } = parts;
  const needInput = (name: string, ranks: readonly number[]): Value => {
    const found = input(unet, name);
    if (found === undefined) throw mismatch(`The UNet has no input "${name}". Its inputs are ${listed(unet.inputs)}.`);
    if (!ranks.includes(found.dimensions.length)) {
      throw mismatch(`The UNet's input "${name}" has ${String(found.dimensions.length)} dimensions: [${found.dimensions.join(', ')}].`);
    }
    return found;
  };
  if (input(unet, 'hidden_states') !== undefined) throw unsupportedFamily('a diffusion transformer (as Stable Diffusion 3 and Flux are)');
  const sample = needInput('sample', [4]);
  if (!isFloat(sample)) throw mismatch(`The UNet's input "sample" has values of type ${sample.type}.`);
  needInput('timestep', [0, 1]);
  const context = needInput('encoder_hidden_states', [3]);
  if (input(unet, 'class_labels') !== undefined) throw unsupportedFamily('a Stable Diffusion upscaler');
  if (unet.outputs.length === 0) throw mismatch('The UNet has no output.');

  const latentChannels = checkVae(parts, configs);
  const inChannels = side(sample, 1) ?? configs.unet.in_channels ?? latentChannels;
  if (inChannels !== latentChannels && inChannels !== 2 * latentChannels + 1) throw strangeChannels(inChannels, latentChannels);

  const timeIds = input(unet, 'time_ids');
  const isXl = timeIds !== undefined && input(unet, 'text_embeds') !== undefined;
  const contextWidth = side(context, 2) ?? widthIn(configs);
  const refiner = isXl && (side(timeIds, 1) === 5 || parts.textEncoder === null);
  const architecture = !isXl ? 'sd' : refiner ? 'sdxl-refiner' : 'sdxl';
  checkText(parts, architecture, contextWidth);

  const timestepCond = input(unet, 'timestep_cond');
  const conditions = input(unet, 'controlnet_conds');
  return {
    architecture,
    inChannels,
    latentChannels,
    timestepCondDim: timestepCond === undefined ? null : (side(timestepCond, 1) ?? configs.unet.time_cond_proj_dim ?? 256),
    controls: conditions === undefined ? 0 : (side(conditions, 0) ?? side(input(unet, 'conditioning_scales'), 0) ?? 1),
    contextWidth,
    aestheticIds: side(timeIds, 1) === 5,
    fixedSample: fixedSide(sample),
  };
}

function fixedSide(sample: Value): GraphFacts['fixedSample'] {
  const [height, width] = [side(sample, 2), side(sample, 3)];
  return height === null || width === null ? null : { height, width };
}

/** @returns the latents' channels */
function checkVae({ vaeDecoder, vaeEncoder }: PartSignatures, configs: DiffusersConfigs): number {
  const latents = vaeDecoder.inputs.find(({ dimensions }) => dimensions.length === 4);
  if (latents === undefined || vaeDecoder.inputs.length !== 1 || vaeDecoder.outputs.length === 0) {
    throw mismatch(`The VAE decoder does not take latents. Its inputs are ${listed(vaeDecoder.inputs)}.`);
  }
  const colours = side(vaeDecoder.outputs[0], 1);
  if (colours !== null && vaeDecoder.outputs[0]?.dimensions.length === 4 && colours !== 3) {
    throw mismatch(`The VAE decoder gives ${String(colours)} channels instead of red, green and blue.`);
  }
  if (vaeEncoder !== null && vaeEncoder.inputs[0]?.dimensions.length !== 4) {
    throw mismatch(`The VAE encoder does not take a picture. Its inputs are ${listed(vaeEncoder.inputs)}.`);
  }
  const channels = side(latents, 1) ?? configs.vae.latent_channels ?? 4;
  if (vaeEncoder === null) return channels;
  const [encoded] = vaeEncoder.outputs;
  const made = side(encoded, 1);
  // latent_parameters holds means and variances, latent_sample a draw from them.
  if (made !== null && made !== channels && made !== 2 * channels) {
    throw mismatch(`The VAE encoder gives ${String(made)} channels; the decoder takes ${String(channels)}.`);
  }
  return channels;
}

function checkText(
  { textEncoder, textEncoder2 }: PartSignatures,
  architecture: GraphFacts['architecture'],
  contextWidth: number | null,
): void {
  const missing = (folder: string): AppError =>
    new AppError('pack-invalid', `The text encoder is missing: there is no ${folder}/model.onnx.`, {
      action: 'Download the whole model, with every one of its folders.',
    });
  if (architecture !== 'sdxl-refiner' && textEncoder === null) throw missing('text_encoder');
  if (architecture !== 'sd' && textEncoder2 === null) throw missing('text_encoder_2');
  let width: number | null = 0;
  for (const encoder of architecture === 'sd' ? [textEncoder] : [textEncoder, textEncoder2]) {
    if (encoder === null) continue;
    const ids = input(encoder, 'input_ids') ?? encoder.inputs[0];
    if (ids?.dimensions.length !== 2 || (ids.type !== 'int32' && ids.type !== 'int64')) {
      throw mismatch(`A text encoder does not take tokens. Its inputs are ${listed(encoder.inputs)}.`);
    }
    if (architecture !== 'sd' && !encoder.outputs.some(({ name }) => name.startsWith('hidden_states.'))) {
      throw mismatch(
        'A text encoder does not give its hidden states, which SDXL is steered by.',
        'Export the model again with a current Optimum.',
      );
    }
    const states =
      encoder.outputs.find(({ name }) => name === 'last_hidden_state') ?? encoder.outputs.find(({ dimensions }) => dimensions.length === 3);
    const own = states?.dimensions.length === 3 ? side(states, 2) : null;
    width = width === null || own === null ? null : width + own;
  }
  if (width !== null && contextWidth !== null && width !== contextWidth) {
    throw mismatch(
      `The text encoder gives ${String(width)} numbers for each token; the UNet takes ${String(contextWidth)}.`,
      'The folders are of different models: download one model whole.',
    );
  }
}

function widthIn({ unet: { cross_attention_dim: width } }: DiffusersConfigs): number | null {
  return typeof width === 'number' ? width : (width?.[0] ?? null);
}

function strangeChannels(inChannels: number, latentChannels: number): AppError {
  const known: Record<number, string> = { 5: 'a depth-to-image model', 7: 'a Stable Diffusion upscaler', 8: 'InstructPix2Pix' };
  const name = latentChannels === 4 ? known[inChannels] : undefined;
  return name === undefined
    ? mismatch(
        `The UNet takes ${String(inChannels)} channels, with latents of ${String(latentChannels)}: that is neither a text-to-image nor an inpainting model.`,
      )
    : unsupportedFamily(name);
}
