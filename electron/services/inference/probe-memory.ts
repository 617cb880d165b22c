/** What backends are worth on this machine, asked once in sacrificial processes and remembered. */
import { cpus, arch, platform } from 'node:os';
import { readdirSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import { backends, backendProbeSchema, type Backend, type BackendProbe } from '../../../shared/domain/backend.ts';
import type { Host } from '../host.ts';
import type { KeyValues } from '../database/key-values.ts';
import { InferenceClient } from './inference-client.ts';

const probeWithinMs = 60_000;
const memoryKey = 'inference.probes';
const memorySchema = z.object({ machine: z.string(), probes: z.array(backendProbeSchema) });

/** Changes when a probe's answer could: another machine, another graphics driver, another version of Kiln's runtime. */
export function machineFingerprint(version: string): string {
  let graphics: string[];
  try {
    graphics = readdirSync('/sys/class/drm').filter((name) => /^card\d+$/.test(name));
  } catch {
    graphics = [];
  }
  const vulkan = process.env['VK_ICD_FILENAMES'] ?? process.env['VK_DRIVER_FILES'] ?? '';
  return [version, platform(), arch(), cpus()[0]?.model ?? '', graphics.join('+'), vulkan].join('|');
}

export async function probeAll(host: Host, memory: KeyValues, options: { again: boolean }): Promise<BackendProbe[]> {
  const machine = machineFingerprint(host.version);
  const remembered = memory.get(memoryKey, memorySchema);
  if (!options.again && remembered?.machine === machine) return remembered.probes;
  const probes: BackendProbe[] = [];
  for (const backend of backends) probes.push(await probeOne(host, backend));
  memory.set(memoryKey, { machine, probes });
  return probes;
}

async function probeOne(host: Host, backend: Backend): Promise<BackendProbe> {
  const process = host.spawnInference({ sacrificial: true });
  const client = new InferenceClient(process, host.log, () => undefined);
  try {
    return (await client.request({ type: 'probe', backend }, 'probed', { timeoutMs: probeWithinMs })).probe;
  } catch (error) {
    const reason = error instanceof AppError ? error.message : 'The probe failed.';
    return {
      backend,
      usable: false,
      reason: `Excluded: ${reason}`,
      device: null,
      probeMs: null,
      maxDifference: null,
      probedAtMs: Date.now(),
    };
  } finally {
    process.kill();
  }
}

/** The order `auto` tries backends in. WebGPU comes first only where it beats the CPU: a software adapter does not. */
export function automaticOrder(probes: readonly BackendProbe[]): Backend[] {
  const usable = (backend: Backend): BackendProbe | undefined => probes.find((probe) => probe.backend === backend && probe.usable);
  const webgpu = usable('webgpu');
  const cpu = usable('cpu');
  // The probe graph is tiny and start-up cost weighs on a graphics card, so it may take somewhat longer and still be chosen.
  const quick = webgpu !== undefined && (cpu === undefined || (webgpu.probeMs ?? Infinity) < Math.max(5, 4 * (cpu.probeMs ?? 0)));
  const order: Backend[] = [];
  if (quick) order.push('webgpu');
  if (cpu !== undefined) order.push('cpu');
  if (usable('wasm') !== undefined) order.push('wasm');
  return order.length > 0 ? order : ['cpu'];
}

/** The probes with the reason for each one's place spelled out. */
export function explained(probes: readonly BackendProbe[]): BackendProbe[] {
  const order = automaticOrder(probes);
  return probes.map((probe) => {
    if (!probe.usable) return probe;
    const place = order.indexOf(probe.backend);
    if (place === 0) return { ...probe, reason: `${probe.reason} Chosen first.` };
    if (place > 0) return { ...probe, reason: `${probe.reason} Used when ${order.slice(0, place).join(' and ')} cannot run a model.` };
    return { ...probe, reason: `${probe.reason} Not chosen: it is slower than the CPU here (a software adapter?).` };
  });
}
