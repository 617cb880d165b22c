import { describe, expect, it } from 'vitest';
import { diffusersModuleOf } from './ldm-names.ts';
import { loraModules, looksLikeLora } from './lora-modules.ts';
import type { SafetensorsHeader, SafetensorsTensor } from './safetensors.ts';

const tensor = (...shape: number[]): SafetensorsTensor => ({ type: 'F16', shape, begin: 0, end: 0 });
const header = (tensors: Record<string, SafetensorsTensor>): SafetensorsHeader => ({
  tensors: new Map(Object.entries(tensors)),
  metadata: {},
});
const pair = (down: string, up: string): Record<string, SafetensorsTensor> => ({ [down]: tensor(4, 8), [up]: tensor(16, 4) });
const names = (tensors: Record<string, SafetensorsTensor>): string[] =>
  loraModules(header(tensors)).map(({ target, name }) => `${target} ${name}`);

const query = 'down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';
const dotted = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1';

describe('names of LoRA files', () => {
  it.each([
    ['kohya', pair(`lora_unet_${query}.lora_down.weight`, `lora_unet_${query}.lora_up.weight`)],
    ['PEFT', pair(`unet.${dotted}.to_q.lora_A.weight`, `unet.${dotted}.to_q.lora_B.weight`)],
    [
      'PEFT with a name of its own',
      pair(`base_model.model.unet.${dotted}.to_q.lora_A.default.weight`, `base_model.model.unet.${dotted}.to_q.lora_B.default.weight`),
    ],
    ['diffusers', pair(`unet.${dotted}.to_q.lora.down.weight`, `unet.${dotted}.to_q.lora.up.weight`)],
    ['attention processors', pair(`unet.${dotted}.processor.to_q_lora.down.weight`, `unet.${dotted}.processor.to_q_lora.up.weight`)],
    ['attention processors alone', pair(`${dotted}.processor.to_q_lora.down.weight`, `${dotted}.processor.to_q_lora.up.weight`)],
  ])('of %s lead to diffusers’ module', (_what, tensors) => {
    expect(looksLikeLora(header(tensors))).toBe(true);
    expect(names(tensors)).toEqual([`unet ${query}`]);
  });

  it('find both text encoders and the output projection', () => {
    const q = 'text_model_encoder_layers_0_self_attn_q_proj';
    expect(
      names({
        ...pair(`lora_te_${q}.lora_down.weight`, `lora_te_${q}.lora_up.weight`),
        ...pair(`lora_te2_${q}.lora_down.weight`, `lora_te2_${q}.lora_up.weight`),
        ...pair(`unet.${dotted}.processor.to_out_lora.down.weight`, `unet.${dotted}.processor.to_out_lora.up.weight`),
      }),
    ).toEqual([`text-encoder ${q}`, `text-encoder-2 ${q}`, `unet ${query.replace('to_q', 'to_out_0')}`]);
    expect(
      names(
        pair(
          'text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.down.weight',
          'text_encoder.text_model.encoder.layers.0.self_attn.q_proj.lora_linear_layer.up.weight',
        ),
      ),
    ).toEqual([`text-encoder ${q}`]);
  });

  it('keep alphas, and cores of convolutions', () => {
    const key = 'lora_unet_mid_block_resnets_0_conv1';
    const [module] = loraModules(
      header({
        [`${key}.lora_down.weight`]: tensor(4, 8, 1, 1),
        [`${key}.lora_mid.weight`]: tensor(4, 4, 3, 3),
        [`${key}.lora_up.weight`]: tensor(16, 4, 1, 1),
        [`${key}.alpha`]: tensor(),
      }),
    );
    expect(module).toMatchObject({ alpha: { shape: [] }, mid: { shape: [4, 4, 3, 3] } });
  });

  it('are refused for other methods, other models, halves and shapes that do not fit', () => {
    const refused = (tensors: Record<string, SafetensorsTensor>, code: string): void =>
      expect(() => loraModules(header(tensors))).toThrow(expect.objectContaining({ code }) as Error);
    refused({ [`lora_unet_${query}.hada_w1_a`]: tensor(4, 4) }, 'unsupported');
    refused({ [`lora_unet_${query}.lokr_w1`]: tensor(4, 4) }, 'unsupported');
    refused(
      { ...pair(`lora_unet_${query}.lora_down.weight`, `lora_unet_${query}.lora_up.weight`), [`lora_unet_${query}.dora_scale`]: tensor(1) },
      'unsupported',
    );
    refused(
      pair(
        'transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight',
        'transformer.single_transformer_blocks.0.attn.to_q.lora_B.weight',
      ),
      'unsupported',
    );
    refused({ [`lora_unet_${query}.lora_down.weight`]: tensor(4, 8) }, 'pack-invalid');
    refused(
      { [`lora_unet_${query}.lora_down.weight`]: tensor(4, 8), [`lora_unet_${query}.lora_up.weight`]: tensor(16, 3) },
      'pack-invalid',
    );
  });
});

describe('the original code’s numbers', () => {
  it.each([
    ['input_blocks_4_1_transformer_blocks_0_attn1_to_q', 'down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q'],
    ['input_blocks_8_1_proj_in', 'down_blocks_2_attentions_1_proj_in'],
    ['input_blocks_1_0_in_layers_2', 'down_blocks_0_resnets_0_conv1'],
    ['input_blocks_3_0_op', 'down_blocks_0_downsamplers_0_conv'],
    ['middle_block_1_transformer_blocks_3_ff_net_0_proj', 'mid_block_attentions_0_transformer_blocks_3_ff_net_0_proj'],
    ['middle_block_2_out_layers_3', 'mid_block_resnets_1_conv2'],
    ['output_blocks_2_1_proj_out', 'up_blocks_0_attentions_2_proj_out'],
    ['output_blocks_2_2_conv', 'up_blocks_0_upsamplers_0_conv'],
    ['output_blocks_5_0_skip_connection', 'up_blocks_1_resnets_2_conv_shortcut'],
    ['time_embed_0', 'time_embedding_linear_1'],
    ['down_blocks_0_resnets_0_conv1', 'down_blocks_0_resnets_0_conv1'],
  ])('%s is %s', (ldm, diffusers) => {
    expect(diffusersModuleOf(ldm)).toBe(diffusers);
  });
});
