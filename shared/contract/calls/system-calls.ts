import { z } from 'zod';
import { backendProbeSchema } from '../../domain/backend.ts';
import { settingsPatchSchema, settingsSchema } from '../../domain/settings.ts';
import type { CallDefinition } from '../call.ts';

export const hostCapabilitiesSchema = z.object({
  /** The host can show native open/save dialogs. */
  nativeDialogs: z.boolean(),
  /** Dropped files have real paths on this host. */
  filePaths: z.boolean(),
  /** The host can reveal files in the system's file manager. */
  revealFiles: z.boolean(),
});

export const studioInfoSchema = z.object({
  version: z.string(),
  host: z.enum(['electron', 'browser', 'cli', 'test']),
  platform: z.string(),
  dataFolder: z.string(),
  capabilities: hostCapabilitiesSchema,
  /** What the library did when it opened: nothing, or what it repaired. */
  libraryNotices: z.array(z.string()),
});
export type StudioInfo = z.infer<typeof studioInfoSchema>;

export const libraryHealthSchema = z.object({
  integrity: z.enum(['ok', 'failed']),
  problems: z.array(z.string()),
  schemaVersion: z.int(),
  assetCount: z.int(),
  assetBytes: z.int(),
  missingAssets: z.int(),
  corruptAssets: z.int(),
  orphanFiles: z.int(),
  generationCount: z.int(),
  freeDiskBytes: z.int().nullable(),
});
export type LibraryHealth = z.infer<typeof libraryHealthSchema>;

export const doctorReportSchema = z.object({
  version: z.string(),
  node: z.string(),
  platform: z.string(),
  cpuModel: z.string(),
  cpuCount: z.int(),
  memoryBytes: z.int(),
  probes: z.array(backendProbeSchema),
  /** What `auto` resolves to, in order of preference. */
  autoOrder: z.array(z.enum(['webgpu', 'cpu', 'wasm'])),
  library: libraryHealthSchema,
});
export type DoctorReport = z.infer<typeof doctorReportSchema>;

export const systemMemorySchema = z.object({
  totalBytes: z.int(),
  /** What new work can have without others being pushed out (Linux: MemAvailable). */
  availableBytes: z.int(),
});
export type SystemMemory = z.infer<typeof systemMemorySchema>;

export const systemCalls = {
  'system.memory': { input: z.void(), output: systemMemorySchema },
  'system.info': { input: z.void(), output: studioInfoSchema },
  /** `again` forgets what was remembered and probes anew. */
  'system.doctor': { input: z.object({ again: z.boolean().default(false) }), output: doctorReportSchema },
  'settings.get': { input: z.void(), output: settingsSchema },
  'settings.update': { input: settingsPatchSchema, output: settingsSchema },
} as const satisfies Record<string, CallDefinition>;
