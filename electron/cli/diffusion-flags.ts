/** What `kiln generate` and `kiln img2img` share: the pack's defaults, prompts, LoRAs and embeddings as flags. */
import { AppError } from '../../shared/contract/errors.ts';
import type { DiffusionConvention } from '../../shared/domain/diffusion-convention.ts';
import { packIdSchema, type PackId } from '../../shared/domain/ids.ts';
import type { ParameterInfo } from '../../shared/pipelines/parameter-info.ts';
import { packDefaults } from '../../shared/pipelines/diffusion-defaults.ts';
import { diffusionParameters } from '../../shared/pipelines/diffusion-parameters.ts';
import { textFlag, textFlags, type Command, type CommandContext } from './command.ts';
import { parameterHelp, parameterOptions, parametersOf } from './parameters.ts';
import { requestBase, runOptions } from './requests.ts';

export const diffusionOptions = {
  ...runOptions,
  negative: { type: 'string' },
  lora: { type: 'string', multiple: true },
  embedding: { type: 'string', multiple: true },
} as const satisfies Command['options'];

export const diffusionHelp = `  --negative TEXT      what shall not be there; packs without guidance ignore it
  --lora ID[:WEIGHT]   an installed LoRA, up to eight times; the weight is 1 unless given
  --embedding ID       an installed textual inversion; its word is used in the prompt
  --pack ID            the model pack (see: kiln models)
  --backend NAME       auto, webgpu, cpu or wasm (default auto)`;

export interface DiffusionFlags {
  base: Record<string, unknown>;
  /** All but the prompt. */
  params: Record<string, unknown>;
  convention: DiffusionConvention;
}

/** @param offered the parameters the command has flags for */
export function diffusionFlags(context: CommandContext, offered: readonly ParameterInfo[]): DiffusionFlags {
  const base = requestBase(context, 'diffusion');
  const { manifest } = context.studio.packs.resolve(packIdSchema.parse(base['packId']));
  if (manifest.convention.task !== 'diffusion') {
    throw new AppError('model-mismatch', `"${manifest.name}" does not make pictures from words.`, {
      action: 'kiln models lists the packs and what they do.',
    });
  }
  const { steps, guidanceScale } = packDefaults(manifest.convention);
  return {
    base,
    convention: manifest.convention,
    params: {
      steps,
      guidanceScale,
      ...parametersOf(context, offered),
      negativePrompt: textFlag(context, 'negative') ?? '',
      loras: textFlags(context, 'lora').map(loraOf),
      embeddings: textFlags(context, 'embedding').map(packIdOf),
    },
  };
}

/** ID or ID:0.8. */
export function loraOf(text: string): { packId: PackId; weight: number } {
  const [, id = text, weightText = '1'] = /^(.*):(-?[0-9.]+)$/.exec(text) ?? [];
  const weight = Number(weightText);
  if (!(Math.abs(weight) <= 4)) throw new AppError('invalid-request', `The weight of "${id}" lies between -4 and 4.`);
  return { packId: packIdOf(id), weight };
}

function packIdOf(text: string): PackId {
  const parsed = packIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AppError('pack-missing', `There is no pack "${text}".`, { action: 'kiln models lists them.' });
}

const packed: readonly string[] = ['steps', 'guidanceScale'];

/** Steps and guidance come from the pack; their plain defaults would be wrong words here. */
export function diffusionParameterHelp(offered: readonly ParameterInfo[]): string {
  return parameterHelp(offered)
    .split('\n')
    .map((line, index) =>
      packed.includes(offered[index]?.name ?? '') ? line.replace(/default [^)]*\)$/, 'default: the pack’s own)') : line,
    )
    .join('\n');
}

export const parametersBut = (...names: readonly string[]): readonly ParameterInfo[] =>
  diffusionParameters.filter(({ name }) => !names.includes(name));

export const flagsFor = (offered: readonly ParameterInfo[]): Command['options'] => ({ ...diffusionOptions, ...parameterOptions(offered) });
