/** The inference process as a plain Node child: for the browser host, the CLI and tests. */
import { fork } from 'node:child_process';
import type { Logger } from '../host.ts';
import type { InferenceProcess } from '../host.ts';

export function forkInference(entryFile: string, options: { log: Logger; env?: NodeJS.ProcessEnv }): InferenceProcess {
  const child = fork(entryFile, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...options.env },
    // A debugger's or loader's flags are for this process, not for its child.
    execArgv: [],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => options.log.debug(`inference: ${text.trimEnd()}`));
  }
  let ended = false;
  return {
    pid: child.pid,
    send(message) {
      // A child that just died is reported by its exit; its last messages are lost either way.
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      const report = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (ended) return;
        ended = true;
        listener(code === 0 ? { kind: 'clean' } : { kind: 'crashed', code, signal });
      };
      child.on('exit', report);
      child.on('error', () => report(null, null));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
