/**
 * A second inference process, for what is wanted while a run holds the first one up: native runtimes run a graph without letting
 * messages in, so between two steps of a large model nothing is answered for seconds. It loads no runtime and ends by itself.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Host } from '../host.ts';
import { InferenceClient } from './inference-client.ts';

const idleMs = 60_000;

export interface SideProcess {
  client(): InferenceClient;
  dispose(): void;
}

export function createSideProcess(host: Pick<Host, 'spawnInference' | 'log'>): SideProcess {
  let client: InferenceClient | null = null;
  let timer: NodeJS.Timeout | undefined;

  function dispose(): void {
    clearTimeout(timer);
    client?.kill(new AppError('cancelled', 'The process is not needed any more.'));
    client = null;
  }

  return {
    client() {
      clearTimeout(timer);
      timer = setTimeout(dispose, idleMs);
      timer.unref();
      if (client === null || client.ended) {
        client = new InferenceClient(host.spawnInference({ sacrificial: true }), host.log, () => undefined);
      }
      return client;
    },
    dispose,
  };
}
