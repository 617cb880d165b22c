/** Music files on their way in: pieces become clips, SoundFonts instruments. */
import type { ImportedMusic } from '../../../shared/contract/calls/music-calls.ts';
import { studio } from '../../api/studio.ts';
import { upload } from '../../api/upload.ts';
import { studioState } from '../studio-state.svelte.ts';
import { clipSession, newClip, scores } from './open-clip.svelte.ts';

const pieceEnding = /\.(midi?|kar|rmi|musicxml|mxl|xml|abc)$/i;
const soundFontEnding = /\.(sf2|sf3)$/i;

export const isMusicFile = (name: string): boolean => pieceEnding.test(name) || soundFontEnding.test(name);
/** For file fields. */
export const pieceEndings = '.mid,.midi,.kar,.rmi,.musicxml,.mxl,.xml,.abc';
export const musicEndings = `${pieceEndings},.sf2,.sf3`;

const withoutEnding = (name: string): string => name.replace(pieceEnding, '').replace(soundFontEnding, '');

/** Reads a file into the library. @throws AppError when it is no music */
export async function importPiece(file: File, onProgress?: (fraction: number) => void): Promise<ImportedMusic> {
  const { uploadId } = await upload(
    { purpose: 'music', name: file.name.slice(0, 300) },
    file,
    onProgress === undefined ? {} : { onProgress },
  );
  const imported = await studio.call('music.import', { uploadId });
  return { ...imported, title: imported.title.trim() === '' ? withoutEnding(file.name) : imported.title };
}

class MusicImports {
  /** What is being read. */
  current: { name: string; fraction: number | null } | null = $state.raw(null);
  #queue: Promise<void> = Promise.resolve();

  /** One after the other; the last piece is open at the end. */
  add(files: readonly File[]): Promise<void> {
    for (const file of files) {
      this.#queue = this.#queue.then(async () => {
        this.current = { name: file.name, fraction: null };
        try {
          await (soundFontEnding.test(file.name) ? this.#soundFont(file) : this.#piece(file));
        } catch (error) {
          studioState.fail(error);
        } finally {
          this.current = null;
        }
      });
    }
    return this.#queue;
  }

  async #piece(file: File): Promise<void> {
    const { score, title, bars, notes, tracks, remarks } = await importPiece(
      file,
      (fraction) => (this.current = { name: file.name, fraction }),
    );
    await newClip(title, await scores.get(score), { name: 'As imported', generationId: null });
    const facts = `${counted(bars, 'bar')}, ${counted(tracks, 'track')}, ${counted(notes, 'note')}.`;
    studioState.notify({
      level: remarks.length === 0 ? 'info' : 'warning',
      title: `"${title}" is open: ${facts}`,
      text: remarks.join(' '),
    });
  }

  async #soundFont(file: File): Promise<void> {
    const { uploadId } = await upload({ purpose: 'music', name: file.name.slice(0, 300) }, file, {
      onProgress: (fraction) => (this.current = { name: file.name, fraction }),
    });
    const font = await studio.call('soundFonts.add', { uploadId });
    const use = clipSession.record === null ? null : { label: 'Play this clip with it', run: () => clipSession.setSoundFont(font.id) };
    studioState.notify({ level: 'info', title: `"${font.name}" is added: ${counted(font.presets, 'instrument')}.`, action: use });
  }
}

const counted = (count: number, what: string): string => `${count.toLocaleString()} ${what}${count === 1 ? '' : 's'}`;

export const musicImports = new MusicImports();
