/** The inference process: one run at a time, told what to do by messages of shared/contract/inference.ts. */
import { AppError, toWireError } from '../../shared/contract/errors.ts';
import { toInferenceSchema, type FromInference, type ToInference } from '../../shared/contract/inference.ts';
import { pipelines } from '../../models/registry.ts';
import { convertGraph } from './convert/convert-graph.ts';
import { inspectModel } from './inspect.ts';
import { openParentPort } from './parent-port.ts';
import { probeBackend } from './probe/probe.ts';
import { runJob } from './run-job.ts';
import { runtimeFor } from './runtimes/runtimes.ts';
import { SessionCache } from './session-cache.ts';
import { tokenize } from './tokenize.ts';
import { join } from 'node:path';

const port = openParentPort();
if (port === null) {
  process.stderr.write('This is the inference process of Kiln; it is started by Kiln, not by hand.\n');
  process.exit(2);
}
const parent = port;
const send = (message: FromInference): void => parent.send(message);
const sessions = new SessionCache(runtimeFor);
/** By run id: work that was asked for and not answered yet. */
const pending = new Map<string, { controller: AbortController; started: boolean }>();
let last: Promise<void> = Promise.resolve();

parent.onMessage((raw) => {
  const parsed = toInferenceSchema.safeParse(raw);
  if (!parsed.success) {
    send({ type: 'log', level: 'warn', message: 'Dropped a message that does not match the contract.' });
    return;
  }
  receive(parsed.data);
});
send({ type: 'ready', pid: process.pid });

function receive(message: ToInference): void {
  switch (message.type) {
    case 'cancel':
      cancel(message.runId);
      return;
    case 'shutdown':
      process.exit(0);
    // eslint-disable-next-line no-fallthrough -- process.exit does not return
    case 'release-sessions':
      enqueue(null, () => sessions.releaseIdle());
      return;
    case 'tokenize':
      // Needs no graph, so it waits for none.
      tokenize(message).then(
        (prompts) => send({ type: 'tokenized', runId: message.runId, prompts }),
        (error: unknown) => send({ type: 'failed', runId: message.runId, error: toWireError(asAppError(error)) }),
      );
      return;
    default: {
      const controller = new AbortController();
      const waiting = { controller, started: false };
      pending.set(message.runId, waiting);
      enqueue(message.runId, async () => {
        // Cancelled while it waited: answered already.
        if (controller.signal.aborted) return;
        waiting.started = true;
        await work(message, controller.signal);
      });
    }
  }
}

/** What has not started is answered at once: it must not wait for the run before it, nor cost that run its process. */
function cancel(runId: string): void {
  const found = pending.get(runId);
  if (found === undefined || found.controller.signal.aborted) return;
  found.controller.abort();
  if (!found.started) send({ type: 'failed', runId, error: toWireError(new AppError('cancelled', 'The run was cancelled.')) });
}

/** Work is done in the order it was asked for, one piece at a time: two runs would only slow each other down. */
function enqueue(runId: string | null, task: () => Promise<void>): void {
  last = last.then(task).catch((error: unknown) => {
    send({ type: 'log', level: 'error', message: describe(error) });
    if (runId !== null) send({ type: 'failed', runId, error: toWireError(asAppError(error)) });
  });
  last = last.finally(() => {
    if (runId !== null) pending.delete(runId);
  });
}

async function work(
  message: Exclude<ToInference, { type: 'cancel' | 'shutdown' | 'release-sessions' | 'tokenize' }>,
  signal: AbortSignal,
): Promise<void> {
  const { runId } = message;
  if (signal.aborted) throw new AppError('cancelled', 'The run was cancelled.');
  switch (message.type) {
    case 'run': {
      const result = await runJob(message, pipelines, sessions, signal, {
        progress: (phase, step, steps, fraction, backend) => send({ type: 'progress', runId, phase, step, steps, fraction, backend }),
        preview: (file) => send({ type: 'preview', runId, file, mediaType: 'image/png' }),
      });
      send({ type: 'result', runId, result });
      return;
    }
    case 'warm-up': {
      const [backend] = message.backends;
      if (backend === undefined) return;
      const file = join(message.pack.folder, message.pack.manifest.model);
      (await sessions.lease({ packHash: message.pack.packHash, file, backend }, message.sessionMemoryBytes)).done();
      send({ type: 'warmed', runId, backend });
      return;
    }
    case 'inspect':
      send({ type: 'inspected', runId, ...(await inspectModel(message.modelFile, message.convention, await runtimeFor('cpu'))) });
      return;
    case 'convert': {
      const conversion = await convertGraph(message.modelFile, message.targetFile, message.storedAs, {
        signal,
        onFraction: (fraction) => send({ type: 'progress', runId, phase: 'convert', step: 0, steps: 1, fraction, backend: null }),
      });
      send({ type: 'converted', runId, conversion });
      return;
    }
    case 'probe':
      send({ type: 'probed', runId, probe: await probeBackend(message.backend, runtimeFor) });
  }
}

/** The text of a failure is the runtime's own words about the model: worth showing. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Error && error.name === 'AbortError') return new AppError('cancelled', 'The run was cancelled.');
  const words = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new AppError('model-mismatch', `The model could not be opened or run: ${words.slice(0, 400)}`, { cause: error });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
