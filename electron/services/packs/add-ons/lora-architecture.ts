/** Which model a LoRA was trained on, told by what its cross-attention takes: every architecture has another width. */
import type { LoraConvention } from '../../../../shared/domain/diffusion-convention.ts';
import type { LoraModule } from '../../../../shared/weights/lora-modules.ts';

const byWidth: Record<number, LoraConvention['architecture']> = { 768: 'sd', 1024: 'sd', 2048: 'sdxl', 1280: 'sdxl-refiner' };

export function loraArchitecture(modules: readonly LoraModule[]): LoraConvention['architecture'] {
  const unet = modules.filter(({ target }) => target === 'unet');
  for (const { name, down } of unet) {
    if (!/_attn2_to_[kv]$/.test(name)) continue;
    const known = byWidth[down.shape[1] ?? 0];
    if (known !== undefined) return known;
  }
  if (modules.some(({ target }) => target === 'text-encoder-2')) return 'sdxl';
  // Only SDXL stacks several transformer blocks on one another.
  return unet.some(({ name }) => /_transformer_blocks_[1-9]/.test(name)) ? 'sdxl' : null;
}
