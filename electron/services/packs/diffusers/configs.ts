/** The configuration files of a diffusers folder, as far as Kiln needs them. Strangers' files: whatever does not fit counts as absent. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../../../shared/contract/errors.ts';
import { parsePythonJson } from '../../../../shared/json/python-json.ts';
import type { DiffusersLayout } from './layout.ts';

const largestConfigBytes = 4 * 1024 ** 2;

const absent = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

const modelIndexSchema = z.object({
  _class_name: absent(z.string()),
  _name_or_path: absent(z.string()),
  force_zeros_for_empty_prompt: absent(z.boolean()),
  requires_aesthetics_score: absent(z.boolean()),
});

const unetSchema = z.object({
  in_channels: absent(z.int().positive()),
  sample_size: absent(z.union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])),
  cross_attention_dim: absent(z.union([z.int().positive(), z.array(z.int().positive())])),
  time_cond_proj_dim: absent(z.int().positive().nullable()),
});

const vaeSchema = z.object({
  scaling_factor: absent(z.number().positive()),
  shift_factor: absent(z.number().nullable()),
  latents_mean: absent(z.array(z.number()).nullable()),
  latents_std: absent(z.array(z.number().positive()).nullable()),
  latent_channels: absent(z.int().positive()),
  block_out_channels: absent(z.array(z.int()).min(1).max(8)),
});

const schedulerSchema = z.object({
  _class_name: absent(z.string()),
  prediction_type: absent(z.string()),
  timestep_spacing: absent(z.string()),
  rescale_betas_zero_snr: absent(z.boolean()),
});

export interface DiffusersConfigs {
  modelIndex: z.infer<typeof modelIndexSchema>;
  unet: z.infer<typeof unetSchema>;
  /** Of the decoder, or of the vae/ folder that the original left, or of the encoder: the first that states a value. */
  vae: z.infer<typeof vaeSchema>;
  scheduler: z.infer<typeof schedulerSchema> | null;
}

export async function readConfigs({ files }: Pick<DiffusersLayout, 'files'>): Promise<DiffusersConfigs> {
  const vaes = [];
  for (const folder of ['vae_decoder', 'vae', 'vae_encoder']) vaes.push(vaeSchema.parse((await read(`${folder}/config.json`)) ?? {}));
  const vae = Object.assign({}, ...vaes.reverse().map(stated)) as z.infer<typeof vaeSchema>;
  const scheduler = await read('scheduler/scheduler_config.json');
  return {
    modelIndex: modelIndexSchema.parse((await read('model_index.json')) ?? {}),
    unet: unetSchema.parse((await read('unet/config.json')) ?? {}),
    vae,
    scheduler: scheduler === null ? null : schedulerSchema.parse(scheduler),
  };

  async function read(path: string): Promise<object | null> {
    const found = files.get(path);
    if (found === undefined) return null;
    if (found.sizeBytes > largestConfigBytes) throw new AppError('pack-invalid', `${path} is far too large for a configuration.`);
    try {
      const parsed = parsePythonJson(await readFile(found.file, 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
    } catch (error) {
      throw new AppError('pack-invalid', `${path} is not JSON.`, { action: 'Download the file again.', cause: error });
    }
    throw new AppError('pack-invalid', `${path} is not a JSON object.`, { action: 'Download the file again.' });
  }
}

const stated = (values: object): object => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
