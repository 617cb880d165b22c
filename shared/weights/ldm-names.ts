/**
 * The original Stable Diffusion code numbers its blocks (`input_blocks_4_1_...`); diffusers names them by level
 * (`down_blocks_1_attentions_0_...`). Three entries a level: two of layers and one of resampling, three layers on the way up.
 */
const resnetParts: Record<string, string> = {
  in_layers_0: 'norm1',
  in_layers_2: 'conv1',
  emb_layers_1: 'time_emb_proj',
  out_layers_0: 'norm2',
  out_layers_3: 'conv2',
  skip_connection: 'conv_shortcut',
};

const whole: Record<string, string> = {
  time_embed_0: 'time_embedding_linear_1',
  time_embed_2: 'time_embedding_linear_2',
  label_emb_0_0: 'add_embedding_linear_1',
  label_emb_0_2: 'add_embedding_linear_2',
  input_blocks_0_0: 'conv_in',
  out_0: 'conv_norm_out',
  out_2: 'conv_out',
};

/** @param name a module of the UNet, dots as underscores; diffusers' own names come back as they are */
export function diffusersModuleOf(name: string): string {
  const single = whole[name];
  if (single !== undefined) return single;
  const block = /^(input_blocks|output_blocks)_(\d+)_(\d+)_(.+)$/.exec(name);
  if (block !== null) {
    const [, side, index = '', sub = '', rest = ''] = block;
    const at = side === 'input_blocks' ? Number(index) - 1 : Number(index);
    const level = `${side === 'input_blocks' ? 'down_blocks' : 'up_blocks'}_${String(Math.floor(at / 3))}`;
    const layer = String(at % 3);
    if (rest === 'op') return `${level}_downsamplers_0_conv`;
    if (rest === 'conv') return `${level}_upsamplers_0_conv`;
    return sub === '0' ? `${level}_resnets_${layer}_${resnetParts[rest] ?? rest}` : `${level}_attentions_${layer}_${rest}`;
  }
  const middle = /^middle_block_([012])_(.+)$/.exec(name);
  if (middle !== null) {
    const [, index = '', rest = ''] = middle;
    if (index === '1') return `mid_block_attentions_0_${rest}`;
    return `mid_block_resnets_${index === '0' ? '0' : '1'}_${resnetParts[rest] ?? rest}`;
  }
  return name;
}
