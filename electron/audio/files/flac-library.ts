/** libFLAC as WebAssembly, loaded once when it is first asked for. */
import { createRequire } from 'node:module';
import type libFactory from 'libflacjs';

type Flac = libFactory.Flac;

let loaded: Promise<Flac> | null = null;

function load(): Promise<Flac> {
  const factory = createRequire(import.meta.url)('libflacjs') as (variant: string) => Flac;
  // It would fetch its program by a path that is no address, and wrap the process's own `fetch`. Without one it reads the file.
  const { fetch } = globalThis;
  let flac: Flac;
  try {
    Reflect.deleteProperty(globalThis, 'fetch');
    flac = factory('release.wasm');
  } finally {
    globalThis.fetch = fetch;
  }
  return new Promise((resolve) => {
    if (flac.isReady()) resolve(flac);
    else
      flac.on('ready', () => {
        resolve(flac);
      });
  });
}

export const flacLibrary = (): Promise<Flac> => (loaded ??= load());
