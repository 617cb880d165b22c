/** The audio worker from the services' side: a thread that is started when it is needed and ended when it is idle. */
import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { fromAudioWorkerSchema, type FromAudioWorker, type ToAudioWorker } from '../../../shared/contract/audio-worker.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Logger } from '../host.ts';
import { causeChain } from '../router.ts';

type WithoutId<Message> = Message extends unknown ? Omit<Message, 'runId'> : never;
export type AudioRequest = WithoutId<Exclude<ToAudioWorker, { type: 'cancel' }>>;
type Answer = Exclude<FromAudioWorker, { type: 'progress' | 'failed' }>;
export type AnswerOf<Type extends Answer['type']> = Extract<Answer, { type: Type }>;

export interface AudioWorker {
  /** @throws AppError what the worker says, cancelled, or internal when it dies */
  request<Type extends Answer['type']>(
    request: AudioRequest,
    answerType: Type,
    options?: { signal?: AbortSignal | undefined; onProgress?: (fraction: number) => void },
  ): Promise<AnswerOf<Type>>;
  dispose(): Promise<void>;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: AppError): void;
  onProgress: ((fraction: number) => void) | undefined;
}

function died(error: unknown): AppError {
  const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory
    ? new AppError('out-of-memory', 'There was not enough memory for this sound.', {
        action: 'Close other programs, or export the piece in parts.',
        cause: error,
      })
    : new AppError('internal', 'The part of Kiln that works on sound stopped.', { action: 'Try again.', cause: error });
}

/**
 * @param options.entry the worker's own file: TypeScript in plain Node, the bundle in Electron
 * @param options.idleMs how long it waits for more before it is ended
 */
export function createAudioWorker({ entry, log, idleMs = 30_000 }: { entry: string; log: Logger; idleMs?: number }): AudioWorker {
  const pending = new Map<string, Pending>();
  let worker: Worker | null = null;
  let idleTimer: NodeJS.Timeout | undefined;
  let disposed = false;

  function settle(runId: string): Pending | undefined {
    const open = pending.get(runId);
    pending.delete(runId);
    if (pending.size === 0) {
      idleTimer = setTimeout(() => void end(), idleMs);
      idleTimer.unref();
    }
    return open;
  }

  function receive(raw: unknown): void {
    const message = fromAudioWorkerSchema.safeParse(raw);
    if (!message.success) {
      log.warn('The audio worker said something outside the contract', message.error.message);
      return;
    }
    const { data } = message;
    if (data.type === 'progress') {
      pending.get(data.runId)?.onProgress?.(data.fraction);
      return;
    }
    const open = settle(data.runId);
    if (data.type !== 'failed') {
      open?.resolve(data);
      return;
    }
    if (data.error.code === 'internal') log.error('The audio worker failed', data.details);
    open?.reject(AppError.fromWire(data.error));
  }

  function lost(which: Worker, error: unknown): void {
    if (worker !== which) return;
    worker = null;
    if (pending.size > 0) log.error('The audio worker ended', causeChain(error));
    for (const open of pending.values()) open.reject(died(error));
    pending.clear();
  }

  function start(): Worker {
    const started = new Worker(entry, { execArgv: [], name: 'kiln-audio' });
    started.on('message', receive);
    started.on('error', (error) => {
      lost(started, error);
    });
    started.on('exit', (code) => {
      lost(started, new Error(`exit code ${String(code)}`));
    });
    return started;
  }

  async function end(): Promise<void> {
    clearTimeout(idleTimer);
    const ending = worker;
    worker = null;
    await ending?.terminate();
  }

  return {
    async request(request, answerType, { signal, onProgress } = {}) {
      if (disposed || signal?.aborted === true) throw new AppError('cancelled', 'The work was cancelled.');
      clearTimeout(idleTimer);
      worker ??= start();
      const asked = worker;
      const runId = randomUUID();
      const cancel = (): void => {
        asked.postMessage({ type: 'cancel', runId } satisfies ToAudioWorker);
      };
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        const answer = await new Promise<Answer>((resolve, reject) => {
          pending.set(runId, { resolve, reject, onProgress });
          asked.postMessage({ ...request, runId } satisfies ToAudioWorker);
        });
        if (isOf(answerType, answer)) return answer;
        throw died(new Error(`"${answer.type}" in answer to "${request.type}"`));
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
    async dispose() {
      disposed = true;
      for (const open of pending.values()) open.reject(new AppError('cancelled', 'Kiln is closing.'));
      pending.clear();
      await end();
    },
  };
}

function isOf<Type extends Answer['type']>(type: Type, answer: Answer): answer is AnswerOf<Type> {
  return answer.type === type;
}
