/** Models on their way in from this machine: one file or folder after the other, each with progress, all stoppable. */
import { importPackFiles, type ImportPackProgress, type PackFile } from '../api/import-pack-files.ts';
import { studio } from '../api/studio.ts';
import { upload } from '../api/upload.ts';
import type { StoredAs } from '../../shared/contract/inference.ts';
import type { PackId } from '../../shared/domain/ids.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import { navigation } from './navigation.svelte.ts';
import { studioState } from './studio-state.svelte.ts';

/** Files that are a model by themselves. */
export const isPackFile = (name: string): boolean => /\.(onnx|zip|safetensors)$/i.test(name);

export const storedAsWords: Record<StoredAs, { short: string; label: string; help: string }> = {
  float16: { short: 'half precision', label: 'Half precision', help: 'Half the disk and memory, the same pictures to the eye.' },
  int8: {
    short: '8-bit',
    label: '8-bit matrices',
    help: 'Text encoder and UNet in about a quarter of their size. Pictures change a little. The VAE stays in half precision.',
  },
};

interface Source {
  name: string;
  run: (onProgress: (progress: ImportPackProgress) => void, signal: AbortSignal) => Promise<Pack>;
}

class PackImports {
  /** What is being brought in. */
  current: { name: string; progress: ImportPackProgress } | null = $state.raw(null);
  waitingCount = $state(0);
  /** The newest that was installed, for the room to show. */
  latest: PackId | null = $state.raw(null);
  readonly #waiting: Source[] = [];
  #controller: AbortController | null = null;

  addFiles(files: readonly File[]): void {
    for (const file of files) this.#add({ name: file.name, run: (onProgress, signal) => importOneFile(file, onProgress, signal) });
  }

  /** A smaller copy of a diffusion pack, beside it. */
  convert(pack: Pack, to: StoredAs): void {
    const { id, name } = pack.manifest;
    this.#add({ name: `${name}, ${storedAsWords[to].short}`, run: (onProgress, signal) => convertPack(id, to, onProgress, signal) });
  }

  addFolder(name: string, files: readonly PackFile[]): void {
    this.#add({ name, run: (onProgress, signal) => importPackFiles(files, onProgress, { signal }) });
  }

  /** Stops the one under way and forgets those that wait. */
  cancel(): void {
    this.#waiting.length = 0;
    this.waitingCount = 0;
    this.#controller?.abort();
  }

  #add(source: Source): void {
    this.#waiting.push(source);
    this.waitingCount = this.#waiting.length;
    if (this.#controller === null) void this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { name, run } = next;
      this.waitingCount = this.#waiting.length;
      this.#controller = new AbortController();
      this.current = { name, progress: { phase: 'send', fraction: 0, remainingMs: null } };
      if (navigation.room !== 'packs') {
        studioState.notify({
          level: 'info',
          title: `Adding "${name}"…`,
          action: { label: 'Show models', run: () => navigation.go('packs') },
        });
      }
      try {
        const { manifest, licence } = await run((progress) => (this.current = { name, progress }), this.#controller.signal);
        this.latest = manifest.id;
        studioState.notify({
          level: 'info',
          title: `"${manifest.name}" is installed.`,
          text: licence.accepted
            ? `Licence: ${manifest.licence ?? 'unknown'}`
            : 'Its licence is looked at once, in Models, before the first use.',
          action: navigation.room === 'packs' ? null : { label: 'Show models', run: () => navigation.go('packs') },
        });
      } catch (error) {
        studioState.fail(error);
      }
    }
    this.#controller = null;
    this.current = null;
  }
}

async function importOneFile(file: File, onProgress: (progress: ImportPackProgress) => void, signal: AbortSignal): Promise<Pack> {
  const startedMs = performance.now();
  const { uploadId } = await upload({ purpose: 'pack', name: file.name }, file, {
    signal,
    onProgress(fraction) {
      const elapsedMs = performance.now() - startedMs;
      onProgress({
        phase: 'send',
        fraction,
        remainingMs: fraction > 0 && elapsedMs > 500 ? (elapsedMs / fraction) * (1 - fraction) : null,
      });
    },
  });
  return toldOf(onProgress, signal, (importId) => studio.call('packs.import', { from: { kind: 'upload', uploadId }, importId }));
}

function convertPack(id: PackId, to: StoredAs, onProgress: (progress: ImportPackProgress) => void, signal: AbortSignal): Promise<Pack> {
  return toldOf(onProgress, signal, (importId) => studio.call('packs.convert', { id, to, importId }));
}

/** Work of the studio that tells how far it is, and stops when the signal fires. */
async function toldOf(
  onProgress: (progress: ImportPackProgress) => void,
  signal: AbortSignal,
  work: (importId: string) => Promise<Pack>,
): Promise<Pack> {
  const importId = crypto.randomUUID();
  const unsubscribe = studio.subscribe((event) => {
    if (event.type === 'packs.importing' && event.importId === importId)
      onProgress({ phase: event.phase, fraction: event.fraction, remainingMs: null });
  });
  const stop = (): void => void studio.call('packs.cancelImport', { importId }).catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work(importId);
  } finally {
    signal.removeEventListener('abort', stop);
    unsubscribe();
  }
}

export const packImports = new PackImports();
