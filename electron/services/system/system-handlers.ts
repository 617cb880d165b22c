import { arch, cpus, platform, release, totalmem } from 'node:os';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { systemCalls } from '../../../shared/contract/calls/system-calls.ts';
import type { Library } from '../database/open-library.ts';
import type { Host } from '../host.ts';
import type { InferenceService, LibraryHealthService, SettingsService } from '../service-types.ts';
import { systemMemory } from './system-memory.ts';

export interface SystemServices {
  host: Host;
  library: Pick<Library, 'notices'>;
  health: LibraryHealthService;
  inference: Pick<InferenceService, 'probes' | 'backendOrder'>;
  settings: SettingsService;
}

export function systemHandlers({ host, library, health, inference, settings }: SystemServices): Handlers<keyof typeof systemCalls> {
  return {
    'system.info': () => ({
      version: host.version,
      host: host.kind,
      platform: platform(),
      dataFolder: host.paths.data,
      capabilities: host.capabilities,
      libraryNotices: [...library.notices],
    }),
    'system.memory': () => systemMemory(),
    'system.doctor': async ({ again }) => ({
      version: host.version,
      node: process.version,
      platform: `${platform()} ${release()} ${arch()}`,
      cpuModel: cpus()[0]?.model ?? 'unknown',
      cpuCount: cpus().length,
      memoryBytes: totalmem(),
      probes: await inference.probes({ again }),
      autoOrder: await inference.backendOrder('auto'),
      library: await health.check({ hashFiles: false }),
    }),
    'settings.get': () => settings.get(),
    'settings.update': (patch) => settings.update(patch),
  };
}
