import { z } from 'zod';

export const backends = ['webgpu', 'cpu', 'wasm'] as const;
/** webgpu and cpu run in onnxruntime-node, wasm in onnxruntime-web. */
export const backendSchema = z.enum(backends);
export type Backend = z.infer<typeof backendSchema>;

export const backendPreferenceSchema = z.enum(['auto', ...backends]);
export type BackendPreference = z.infer<typeof backendPreferenceSchema>;

/** What one sacrificial probe run found. Remembered per machine and driver. */
export const backendProbeSchema = z.object({
  backend: backendSchema,
  usable: z.boolean(),
  /** Why it was or was not chosen, for people. */
  reason: z.string(),
  device: z.string().nullable(),
  /** Median time of the probe graph; null when it never ran. */
  probeMs: z.number().nullable(),
  /** Largest absolute difference from the CPU result on the probe graph. */
  maxDifference: z.number().nullable(),
  probedAtMs: z.int(),
});
export type BackendProbe = z.infer<typeof backendProbeSchema>;
