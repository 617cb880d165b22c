/** The studio core in a folder of its own, with the real inference process: for tests. */
import { fileURLToPath } from 'node:url';
import { createServices, type StudioCore } from '../create-services.ts';
import type { Host, InferenceProcess, Logger } from '../host.ts';
import { forkInference } from '../inference/fork-inference.ts';
import { silentLog } from './scratch-library.ts';

const root = new URL('../../../', import.meta.url);

export interface TestStudio {
  studio: StudioCore;
  host: Host;
  /** Every inference process that was started, latest last. */
  spawned: InferenceProcess[];
}

export async function openTestStudio(dataFolder: string, log: Logger = silentLog): Promise<TestStudio> {
  const spawned: InferenceProcess[] = [];
  const host: Host = {
    kind: 'test',
    version: '0.0.0-test',
    capabilities: { nativeDialogs: false, filePaths: true, revealFiles: false },
    paths: {
      data: dataFolder,
      builtInPacks: fileURLToPath(new URL('models/packs', root)),
      audioWorker: fileURLToPath(new URL('electron/audio/entry.ts', root)),
    },
    log,
    spawnInference() {
      const process = forkInference(fileURLToPath(new URL('electron/inference/entry.ts', root)), { log });
      spawned.push(process);
      return process;
    },
  };
  return { studio: await createServices(host, { housekeeping: false }), host, spawned };
}
