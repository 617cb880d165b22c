/** Keeps one inference process alive and sends work to it; a process that dies is replaced and the work retried or failed. */
import { join } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Conversion, GraphSignature } from '../../../shared/contract/inference.ts';
import { backends as allBackends, type Backend } from '../../../shared/domain/backend.ts';
import type { KeyValues } from '../database/key-values.ts';
import type { Host } from '../host.ts';
import type { EventBus, InferenceService, ResolvedPack, SettingsService } from '../service-types.ts';
import { InferenceClient } from './inference-client.ts';
import { automaticOrder, explained, probeAll } from './probe-memory.ts';
import { checkMemory } from './check-memory.ts';
import { createSideProcess } from './side-process.ts';

const idleReleaseMs = 5 * 60 * 1000;
const inspectWithinMs = 120_000;
/** Ten gigabytes from a slow disk. */
const openWithinMs = 600_000;
const convertWithinMs = 3_600_000;

export interface InferenceServiceOptions {
  host: Host;
  events: EventBus;
  settings: Pick<SettingsService, 'get'>;
  memory: KeyValues;
}

export function createInferenceService({ host, events, settings, memory }: InferenceServiceOptions): InferenceService {
  let client: InferenceClient | null = null;
  let disposed = false;
  let idleTimer: NodeJS.Timeout | undefined;
  let probing: ReturnType<typeof probeAll> | null = null;
  /** Runs in flight. */
  let running = 0;
  const side = createSideProcess(host);

  function current(): InferenceClient {
    if (disposed) throw new AppError('cancelled', 'Kiln is closing.');
    if (client !== null && !client.ended) return client;
    events.publish({ type: 'inference.changed', state: 'starting', message: null });
    const started = new InferenceClient(host.spawnInference({ sacrificial: false }), host.log, (exit) => {
      if (client === started) client = null;
      if (disposed) return;
      if (exit.kind === 'crashed') host.log.warn('The inference process crashed', exit);
      events.publish({
        type: 'inference.changed',
        state: exit.kind === 'crashed' ? 'restarting' : 'stopped',
        message: exit.kind === 'crashed' ? 'The inference process ended unexpectedly and is started again for the next run.' : null,
      });
    });
    client = started;
    return started;
  }

  function restartIdleTimer(): void {
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => {
      if (client !== null && !client.busy) client.releaseSessions();
    }, idleReleaseMs);
    idleTimer.unref();
  }

  const sessionMemoryBytes = (): number => settings.get().sessionMemoryMiB * 1_048_576;

  async function probes(options: { again: boolean }): ReturnType<typeof probeAll> {
    if (options.again || probing === null) {
      const started = probeAll(host, memory, options);
      started.catch(() => (probing = null));
      probing = started;
    }
    return explained(await probing);
  }

  async function orderFor(preference: Parameters<InferenceService['backendOrder']>[0]): Promise<Backend[]> {
    if (preference === 'auto') return automaticOrder(await probes({ again: false }));
    // The user's own choice is tried whatever the probes say; the CPU and WASM stand behind it.
    return [preference, ...allBackends.filter((backend) => backend !== preference && backend !== 'webgpu')];
  }

  async function usableOrder(preference: Parameters<InferenceService['backendOrder']>[0], pack: ResolvedPack): Promise<Backend[]> {
    const order = await orderFor(preference);
    const excluded = new Set(pack.excludedBackends.map(({ backend }) => backend));
    const left = order.filter((backend) => !excluded.has(backend) || backend === preference);
    return left.length > 0 ? left : order;
  }

  const packOf = ({ folder, manifest, packHash }: ResolvedPack): Pick<ResolvedPack, 'folder' | 'manifest' | 'packHash'> => ({
    folder,
    manifest,
    packHash,
  });

  return {
    async run(job, callbacks, signal) {
      let order = job.backends ?? (await usableOrder(job.request.backend, job.pack));
      const memoryNotes = checkMemory(job, sessionMemoryBytes(), order[0]);
      const crashed: { backend: Backend; reason: string }[] = [];
      for (;;) {
        const seen: { backend: Backend | null } = { backend: null };
        running += 1;
        try {
          const { result } = await current().request(
            {
              type: 'run',
              request: job.request,
              inputFiles: job.inputFiles,
              pack: packOf(job.pack),
              addOns: job.addOns.map(packOf),
              resumeFile: job.resumeFile,
              backends: order,
              workFolder: job.workFolder,
              graphCacheFolder: join(host.paths.data, 'cache', 'graphs'),
              sessionMemoryBytes: sessionMemoryBytes(),
            },
            'result',
            {
              signal,
              onMessage(message) {
                if (message.type === 'progress') {
                  seen.backend = message.backend ?? seen.backend;
                  callbacks.onProgress(message);
                } else if (message.type === 'preview') callbacks.onPreview(message.file, message.mediaType);
              },
            },
          );
          restartIdleTimer();
          const notes = crashed.map(({ backend, reason }) => `${backend} stopped (${reason}); ${result.backend} was used instead.`);
          return { ...result, notes: [...memoryNotes, ...notes, ...result.notes], failedBackends: [...crashed, ...result.failedBackends] };
        } catch (error) {
          const died = error instanceof AppError && (error.code === 'inference-crashed' || error.code === 'out-of-memory');
          const lost = seen.backend ?? order[0];
          const rest = order.filter((backend) => backend !== lost);
          if (!died || signal.aborted || lost === undefined || rest.length === 0) throw error;
          crashed.push({ backend: lost, reason: error.message });
          order = rest;
        } finally {
          running -= 1;
        }
      }
    },
    async warmUp(pack) {
      const order = await usableOrder(settings.get().backend, pack);
      await current().request({ type: 'warm-up', pack: packOf(pack), backends: order, sessionMemoryBytes: sessionMemoryBytes() }, 'warmed');
      restartIdleTimer();
    },
    async tokenize(pack, prompts, embeddings) {
      const client = running > 0 ? side.client() : current();
      const answer = await client.request({ type: 'tokenize', pack: packOf(pack), prompts, embeddings }, 'tokenized');
      return answer.prompts;
    },
    async inspect(modelFile, convention) {
      // A stranger's graph may take its process down with it: never the one that works for the user.
      const process = host.spawnInference({ sacrificial: true });
      const sacrificial = new InferenceClient(process, host.log, () => undefined);
      try {
        const { signature, trial } = await sacrificial.request({ type: 'inspect', modelFile, convention }, 'inspected', {
          timeoutMs: inspectWithinMs,
        });
        return { signature, trial };
      } finally {
        process.kill();
      }
    },
    async signatures(modelFiles, { signal, onOpened }) {
      const process = host.spawnInference({ sacrificial: true });
      const sacrificial = new InferenceClient(process, host.log, () => undefined);
      try {
        const found: GraphSignature[] = [];
        for (const modelFile of modelFiles) {
          const { signature } = await sacrificial.request({ type: 'inspect', modelFile, convention: null }, 'inspected', {
            signal,
            timeoutMs: openWithinMs,
          });
          found.push(signature);
          onOpened(found.length);
        }
        return found;
      } finally {
        process.kill();
      }
    },
    async tryOut(pack, request, workFolder, signal) {
      const process = host.spawnInference({ sacrificial: true });
      const sacrificial = new InferenceClient(process, host.log, () => undefined);
      try {
        const { result } = await sacrificial.request(
          {
            type: 'run',
            request,
            inputFiles: {},
            pack: { folder: pack.folder, manifest: pack.manifest, packHash: pack.packHash },
            addOns: [],
            resumeFile: null,
            backends: ['cpu'],
            workFolder,
            sessionMemoryBytes: sessionMemoryBytes(),
          },
          'result',
          { signal, timeoutMs: openWithinMs },
        );
        return result;
      } finally {
        process.kill();
      }
    },
    async convert(graphs, { signal, onFraction }) {
      const process = host.spawnInference({ sacrificial: true });
      const sacrificial = new InferenceClient(process, host.log, () => undefined);
      try {
        const done: Conversion[] = [];
        for (const graph of graphs) {
          const { conversion } = await sacrificial.request({ type: 'convert', ...graph }, 'converted', {
            signal,
            timeoutMs: convertWithinMs,
            onMessage: (message) => {
              if (message.type === 'progress') onFraction((done.length + message.fraction) / graphs.length);
            },
          });
          done.push(conversion);
        }
        return done;
      } finally {
        process.kill();
      }
    },
    probes,
    backendOrder: orderFor,
    dispose() {
      disposed = true;
      clearTimeout(idleTimer);
      side.dispose();
      client?.kill(new AppError('cancelled', 'Kiln is closing.'));
      return Promise.resolve();
    },
  };
}
