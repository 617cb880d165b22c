import { z } from 'zod';
import { backendPreferenceSchema } from './backend.ts';
import { packIdSchema } from './ids.ts';
import { packTaskSchema, pipelineTaskSchema } from './pack-manifest.ts';
import { inpaintParamsSchema } from '../pipelines/inpaint.ts';

export const settingsFormatVersion = 1;

export const presetValueSchema = z.union([z.string().max(4000), z.number(), z.boolean()]);

/** The public hub of models. Kiln reaches it only when `network` is "downloads". */
export const defaultHubUrl = 'https://huggingface.co';

/** Whether an address is this machine itself. */
export const isLoopback = (host: string): boolean => /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);

/** https, or plain http on this machine; no password, query or fragment in it. */
export const hubUrlSchema = z
  .string()
  .max(500)
  .transform((text) => text.trim().replace(/\/+$/, ''))
  .refine((text) => {
    const parts = /^(https?):\/\/([^/?#@\s]+)(\/[^?#\s]*)?$/.exec(text);
    const host = parts?.[2]?.replace(/:\d{1,5}$/, '') ?? '';
    return parts !== null && /^(\[[0-9a-f:.]+\]|[\w.-]+)$/i.test(host) && (parts[1] === 'https' || isLoopback(host));
  }, 'must be an https:// address');

export const themeSchema = z.enum(['system', 'light', 'dark']);

/** Without defaults: a patch must not carry what it does not name. */
const fields = {
  theme: themeSchema,
  backend: backendPreferenceSchema,
  /** Upper bound for loaded models, in mebibytes. */
  sessionMemoryMiB: z.int().min(128).max(1_048_576),
  /** The pack each task uses unless told otherwise; tasks left out use the built-in one. */
  packIds: z.partialRecord(packTaskSchema, packIdSchema),
  inpaintParams: inpaintParamsSchema,
  candidateCount: z.int().min(1).max(8),
  maskColour: z.string().regex(/^#[0-9a-f]{6}$/),
  maskOpacity: z.number().min(0.1).max(1),
  embedMetadata: z.boolean(),
  /** offline: no connection is ever made. downloads: those that the user starts, to `hubUrl`. */
  network: z.enum(['offline', 'downloads']),
  hubUrl: hubUrlSchema,
  /** The user's own named parameters, by kind of generation. */
  presets: z
    .array(
      z.object({
        kind: pipelineTaskSchema,
        name: z.string().trim().min(1).max(60),
        params: z.record(z.string().max(60), presetValueSchema),
      }),
    )
    .max(500),
};

/** Every field has a default, so that an old or partly broken file still loads. */
export const settingsSchema = z.object({
  formatVersion: z.literal(settingsFormatVersion).default(settingsFormatVersion),
  theme: fields.theme.default('system'),
  backend: fields.backend.default('auto'),
  sessionMemoryMiB: fields.sessionMemoryMiB.default(2048),
  packIds: fields.packIds.default({}),
  inpaintParams: fields.inpaintParams.prefault({}),
  candidateCount: fields.candidateCount.default(1),
  maskColour: fields.maskColour.default('#ff3355'),
  maskOpacity: fields.maskOpacity.default(0.5),
  embedMetadata: fields.embedMetadata.default(true),
  network: fields.network.default('offline'),
  hubUrl: fields.hubUrl.default(defaultHubUrl),
  /** Whether a hub token is stored; the token itself never leaves the studio but for the hub. */
  hubTokenSet: z.boolean().default(false),
  presets: fields.presets.default([]),
});
export type Settings = z.infer<typeof settingsSchema>;

/** Letters a header can carry; null takes a stored one away. */
export const hubTokenSchema = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]{1,500}$/, 'must be a token as the hub gives it')
  .nullable();

export const settingsPatchSchema = z.object({ ...fields, hubToken: hubTokenSchema }).partial();
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;
