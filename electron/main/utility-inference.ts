/** The inference process as Electron's utility process. */
import type { UtilityProcess } from 'electron';
import type { InferenceProcess, Logger } from '../services/host.ts';

export function utilityInference(child: UtilityProcess, log: Logger): InferenceProcess {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => log.debug(`inference: ${text.toString('utf8').trimEnd()}`));
  }
  let killed = false;
  return {
    get pid() {
      return child.pid;
    },
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      child.once('exit', (code) => {
        if (code === 0 && !killed) listener({ kind: 'clean' });
        else listener({ kind: 'crashed', code: killed ? null : code, signal: killed ? 'SIGKILL' : null });
      });
    },
    kill() {
      killed = true;
      // Electron's own kill asks politely; a process deep in a driver would not hear it.
      if (child.pid === undefined || !killNow(child.pid)) child.kill();
    },
  };
}

function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
