/**
 * One inference process and the requests in flight to it. A client lives as long as its process: when the process ends,
 * every open request fails and the supervisor makes a new one.
 */
import { randomUUID } from 'node:crypto';
import { AppError } from '../../../shared/contract/errors.ts';
import { fromInferenceSchema, type FromInference, type ToInference } from '../../../shared/contract/inference.ts';
import type { InferenceExit, InferenceProcess, Logger } from '../host.ts';

type Requests = Extract<ToInference, { runId: string }>;
type WithoutId<Message> = Message extends unknown ? Omit<Message, 'runId'> : never;
export type InferenceRequest = WithoutId<Exclude<Requests, { type: 'cancel' }>>;
type Answer = Extract<FromInference, { type: 'result' | 'warmed' | 'inspected' | 'converted' | 'probed' | 'tokenized' }>;

interface Pending {
  resolve(answer: Answer): void;
  reject(error: AppError): void;
  onMessage: ((message: FromInference) => void) | undefined;
}

const readyWithinMs = 30_000;
const cancelWithinMs = 3_000;

export class InferenceClient {
  readonly #process: InferenceProcess;
  readonly #log: Logger;
  readonly #pending = new Map<string, Pending>();
  readonly #ready: Promise<void>;
  #ended: InferenceExit | null = null;
  #killedFor: AppError | null = null;
  #markReady: () => void = () => undefined;

  constructor(process: InferenceProcess, log: Logger, onEnd: (exit: InferenceExit) => void) {
    this.#process = process;
    this.#log = log;
    this.#ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#killedFor = new AppError('inference-crashed', 'The inference process did not start.', {
          action: 'Restart Kiln; `kiln doctor` tells what is wrong.',
        });
        process.kill();
      }, readyWithinMs);
      this.#markReady = () => {
        clearTimeout(timer);
        resolve();
      };
      process.onExit((exit) => {
        clearTimeout(timer);
        this.#ended = exit;
        const error = this.#killedFor ?? crashError(exit);
        reject(error);
        for (const pending of this.#pending.values()) pending.reject(error);
        this.#pending.clear();
        // Ended because the user cancelled: that is no crash to tell anybody about.
        onEnd(this.#killedFor?.code === 'cancelled' ? { kind: 'clean' } : exit);
      });
    });
    // Every request awaits it; this one keeps an early death from being an unhandled rejection.
    this.#ready.catch(() => undefined);
    process.onMessage((raw) => this.#receive(raw));
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  async request<Type extends Answer['type']>(
    request: InferenceRequest,
    answerType: Type,
    options: { onMessage?: (message: FromInference) => void; signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<Extract<Answer, { type: Type }>> {
    await this.#ready;
    if (options.signal?.aborted === true) throw new AppError('cancelled', 'The run was cancelled.');
    const runId = randomUUID();
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#pending.set(runId, { resolve, reject, onMessage: options.onMessage });
      const timer =
        options.timeoutMs === undefined
          ? undefined
          : setTimeout(
              () => this.kill(new AppError('inference-crashed', 'The inference process did not answer in time.')),
              options.timeoutMs,
            );
      const cancel = (): void => this.#cancel(runId);
      options.signal?.addEventListener('abort', cancel, { once: true });
      this.#pending.set(runId, {
        onMessage: options.onMessage,
        resolve: (value) => {
          clearTimeout(timer);
          options.signal?.removeEventListener('abort', cancel);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          options.signal?.removeEventListener('abort', cancel);
          reject(error);
        },
      });
      this.#process.send({ ...request, runId });
    });
    if (answer.type !== answerType) throw new AppError('internal', `The inference process answered "${answer.type}" to a ${request.type}.`);
    return answer as Extract<Answer, { type: Type }>;
  }

  /** Asks first; a graph in the middle of a run cannot be stopped, so a process that does not answer is ended. */
  #cancel(runId: string): void {
    this.#process.send({ type: 'cancel', runId });
    setTimeout(() => {
      if (this.#pending.has(runId)) this.kill(new AppError('cancelled', 'The run was cancelled.'));
    }, cancelWithinMs).unref();
  }

  releaseSessions(): void {
    this.#process.send({ type: 'release-sessions' });
  }

  kill(reason: AppError): void {
    this.#killedFor = reason;
    this.#process.kill();
  }

  #receive(raw: unknown): void {
    const parsed = fromInferenceSchema.safeParse(raw);
    if (!parsed.success) {
      this.#log.warn('Dropped a message of the inference process that does not match the contract.');
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
        this.#markReady();
        return;
      case 'log':
        this.#log[message.level](`inference: ${message.message}`);
        return;
      case 'progress':
      case 'preview':
        this.#pending.get(message.runId)?.onMessage?.(message);
        return;
      case 'failed':
        this.#take(message.runId)?.reject(AppError.fromWire(message.error));
        return;
      default:
        this.#take(message.runId)?.resolve(message);
    }
  }

  #take(runId: string): Pending | undefined {
    const pending = this.#pending.get(runId);
    this.#pending.delete(runId);
    return pending;
  }
}

function crashError(exit: InferenceExit): AppError {
  if (exit.kind === 'clean') return new AppError('inference-crashed', 'The inference process ended.', { action: 'Try again.' });
  // The system's memory killer sends SIGKILL; 134 and SIGABRT are a failed allocation in native code.
  if (exit.signal === 'SIGKILL' || exit.signal === 'SIGABRT' || exit.code === 137 || exit.code === 134) {
    return new AppError('out-of-memory', 'The inference process was ended by the system, most likely for want of memory.', {
      action: 'Close other programs or use a smaller mask, then try again.',
    });
  }
  const how = exit.signal ?? `code ${String(exit.code)}`;
  return new AppError('inference-crashed', `The inference process crashed (${how}).`, {
    action: 'Try again; if it happens again, choose the CPU backend in Settings.',
  });
}
