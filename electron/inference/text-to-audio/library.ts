/**
 * transformers.js, cut off from the network and the disk: it gets configurations, tokenizers and open sessions from Kiln and
 * adds the loops of generation. Nothing of it is asked to find or fetch a file.
 */
import type * as Transformers from '@huggingface/transformers';
import { AppError } from '../../../shared/contract/errors.ts';

export type Library = typeof Transformers;

let loading: Promise<Library> | null = null;

/** Loaded when first used. */
export function transformers(): Promise<Library> {
  loading ??= import('@huggingface/transformers').then(withoutTheWorld);
  return loading;
}

function withoutTheWorld(library: Library): Library {
  const { env, LogLevel } = library;
  Object.assign(env, {
    allowRemoteModels: false,
    allowLocalModels: false,
    useFS: false,
    useFSCache: false,
    useBrowserCache: false,
    useCustomCache: false,
    useWasmCache: false,
    cacheDir: null,
    fetch: () => Promise.reject(new AppError('offline', 'Models of sound are never fetched while they run.')),
    // It would print whole tensors to the standard error output.
    logLevel: LogLevel.NONE,
  });
  return library;
}

/**
 * Starts the library's own stream of chance (Mersenne Twister), from which tokens are drawn and noise is made. It is one for the
 * process: runs come one after another.
 */
export function seedChance({ random }: Library, seed: number): void {
  const start: unknown = random.seed;
  if (typeof start !== 'function') throw new AppError('internal', 'transformers.js has no seeded chance.');
  Reflect.apply(start, undefined, [seed]);
}
