/** The Host seam: all that the core knows of where it lives. Each host (Electron, browser, CLI, tests) supplies one. */
import type { ToInference } from '../../shared/contract/inference.ts';
import type { StudioInfo } from '../../shared/contract/calls/system-calls.ts';

export interface Logger {
  debug(message: string, details?: unknown): void;
  info(message: string, details?: unknown): void;
  warn(message: string, details?: unknown): void;
  error(message: string, details?: unknown): void;
}

export type InferenceExit = { kind: 'clean' } | { kind: 'crashed'; code: number | null; signal: string | null };

/** One inference process, however the host makes it. Messages are validated by the client, not here. */
export interface InferenceProcess {
  readonly pid: number | undefined;
  send(message: ToInference): void;
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: (exit: InferenceExit) => void): void;
  /** Ends it at once. */
  kill(): void;
}

export interface HostPaths {
  /** Everything the user owns: library, assets, packs, settings, logs. Created when missing. */
  data: string;
  /** models/packs of the application. */
  builtInPacks: string;
  /** The audio worker's own file: electron/audio/entry.ts in plain Node, its bundle in Electron. */
  audioWorker: string;
  /** The built renderer (out/renderer), for hosts that show pages; absent: none are served. */
  renderer?: string;
}

export interface Host {
  readonly kind: StudioInfo['host'];
  readonly version: string;
  readonly capabilities: StudioInfo['capabilities'];
  readonly paths: HostPaths;
  readonly log: Logger;
  /** `sacrificial` processes are used once, for probing. */
  spawnInference(options: { sacrificial: boolean }): InferenceProcess;
}
