/**
 * Low-rank changes (Hu et al., arXiv:2106.09685) as trainers name them: kohya's `lora_unet_...lora_down.weight` with alphas,
 * diffusers' `...lora.down.weight` and attention processors, PEFT's `...lora_A.weight`. All become modules by diffusers' names,
 * with every dot as an underscore: kohya's names cannot be told apart otherwise.
 */
import { AppError } from '../contract/errors.ts';
import { diffusersModuleOf } from './ldm-names.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensors.ts';

export type LoraTarget = 'unet' | 'text-encoder' | 'text-encoder-2';

export interface LoraModule {
  target: LoraTarget;
  /** "down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q" */
  name: string;
  /** [rank, inputs] or, for convolutions, [rank, channels, height, width]. */
  down: SafetensorsTensor;
  /** [outputs, rank] or [outputs, rank, 1, 1]. */
  up: SafetensorsTensor;
  /** LoCon's core of a Tucker decomposition, [rank, rank, height, width]. */
  mid: SafetensorsTensor | null;
  /** A scalar tensor; null: as large as the rank, so that nothing is scaled. */
  alpha: SafetensorsTensor | null;
}

type Role = 'up' | 'down' | 'mid' | 'alpha';

const suffixes: readonly (readonly [RegExp, Role])[] = [
  [/\.lora_down\.weight$|\.lora_A(?:\.default(?:_\d+)?)?\.weight$|[._]lora\.down\.weight$|\.lora_linear_layer\.down\.weight$/, 'down'],
  [/\.lora_up\.weight$|\.lora_B(?:\.default(?:_\d+)?)?\.weight$|[._]lora\.up\.weight$|\.lora_linear_layer\.up\.weight$/, 'up'],
  [/\.lora_mid\.weight$/, 'mid'],
  [/(?:[._]lora)?(?:\.lora_linear_layer)?\.alpha$/, 'alpha'],
];

const prefixes: readonly (readonly [RegExp, LoraTarget])[] = [
  [/^(?:base_model\.model\.)?unet\.(?:base_model\.model\.)?|^lora_unet_/, 'unet'],
  [/^text_encoder_2\.|^lora_te2_/, 'text-encoder-2'],
  [/^text_encoder\.|^lora_te1?_/, 'text-encoder'],
  // Attention processors saved by themselves, without the model's name.
  [/^(?=(?:down_blocks|mid_block|up_blocks)\.)/, 'unet'],
];

const otherMethods: readonly (readonly [RegExp, string])[] = [
  [/\.hada_w[12]_[ab]$|\.hada_t[12]$/, 'LoHa'],
  [/\.lokr_w[12](?:_[ab])?$|\.lokr_t2$/, 'LoKr'],
  [/\.dora_scale$|lora_magnitude_vector/, 'DoRA'],
  [/\.oft_blocks$|\.oft_diag$/, 'OFT'],
  [/\.on_input$/, 'IA3'],
];

const otherModels: readonly (readonly [RegExp, string])[] = [
  [/double_blocks|single_blocks|single_transformer_blocks/, 'Flux'],
  [/^(?:lora_)?transformer[._]|joint_blocks|lora_unet_joint/, 'a diffusion transformer such as Stable Diffusion 3'],
];

/** Whether any key looks like a part of a low-rank change. */
export function looksLikeLora(header: SafetensorsHeader): boolean {
  return [...header.tensors.keys()].some((key) => roleOf(key) !== null || otherMethods.some(([pattern]) => pattern.test(key)));
}

/** @throws unsupported for other methods and other models, pack-invalid for halves without their counterpart */
export function loraModules(header: SafetensorsHeader): LoraModule[] {
  const parts = new Map<string, { target: LoraTarget; name: string; tensors: Partial<Record<Role, SafetensorsTensor>> }>();
  for (const [key, tensor] of header.tensors) {
    for (const [pattern, method] of otherMethods) {
      if (!pattern.test(key)) continue;
      throw new AppError('unsupported', `These weights use ${method}, which Kiln does not merge.`, {
        action: 'Choose a plain LoRA or LoCon of the same style.',
      });
    }
    const role = roleOf(key);
    if (role === null) continue;
    const foreign = otherModels.find(([pattern]) => pattern.test(key));
    if (foreign !== undefined) {
      throw new AppError('unsupported', `This LoRA is for ${foreign[1]}, which Kiln does not run.`, {
        action: 'Choose one for Stable Diffusion 1.x, 2.x or SDXL.',
      });
    }
    const place = placeOf(key, role);
    if (place === null) continue;
    const id = `${place.target} ${place.name}`;
    const part = parts.get(id) ?? { ...place, tensors: {} };
    part.tensors[role] = tensor;
    parts.set(id, part);
  }
  return [...parts.values()].map(({ target, name, tensors: { up, down, mid, alpha } }) => {
    if (up === undefined || down === undefined) {
      throw new AppError('pack-invalid', `The LoRA holds only half of what changes "${name}".`, { action: 'Download it again.' });
    }
    checkShapes(name, up, down, mid);
    return { target, name, up, down, mid: mid ?? null, alpha: alpha ?? null };
  });
}

function roleOf(key: string): Role | null {
  return suffixes.find(([pattern]) => pattern.test(key))?.[1] ?? null;
}

function placeOf(key: string, role: Role): { target: LoraTarget; name: string } | null {
  const suffix = suffixes.find(([, one]) => one === role)?.[0];
  const prefix = prefixes.find(([pattern]) => pattern.test(key));
  if (suffix === undefined || prefix === undefined) return null;
  const module = key.replace(suffix, '').replace(prefix[0], '');
  const name = module
    .replace('.processor.', '.')
    // Attention processors call the output projection to_out, the module to_out.0.
    .replace(/\.to_out$/, '.to_out.0')
    .replaceAll('.', '_');
  return { target: prefix[1], name: prefix[1] === 'unet' ? diffusersModuleOf(name) : name };
}

function checkShapes(name: string, up: SafetensorsTensor, down: SafetensorsTensor, mid: SafetensorsTensor | undefined): void {
  const [rank] = down.shape;
  const dimensions = [2, 4];
  const fits =
    dimensions.includes(down.shape.length) &&
    dimensions.includes(up.shape.length) &&
    rank !== undefined &&
    rank > 0 &&
    up.shape[1] === rank &&
    up.shape.slice(2).every((length) => length === 1) &&
    (mid === undefined || (mid.shape.length === 4 && mid.shape[0] === rank && mid.shape[1] === rank));
  if (!fits) {
    throw new AppError(
      'pack-invalid',
      `The LoRA's two halves for "${name}" do not fit together: [${up.shape.join(', ')}] and [${down.shape.join(', ')}].`,
      {
        action: 'Download it again, or choose another one.',
      },
    );
  }
}
