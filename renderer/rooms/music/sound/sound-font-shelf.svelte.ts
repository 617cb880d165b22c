/** The user's SoundFonts in the library. */
import { studio } from '../../../api/studio.ts';
import { upload } from '../../../api/upload.ts';
import { studioState } from '../../../state/studio-state.svelte.ts';
import type { SoundFontInfo } from '../../../../shared/contract/calls/music-calls.ts';

class SoundFontShelf {
  fonts: readonly SoundFontInfo[] = $state.raw([]);
  adding: { name: string; fraction: number } | null = $state.raw(null);

  async load(): Promise<void> {
    try {
      this.fonts = await studio.call('soundFonts.list', undefined);
    } catch (error) {
      studioState.fail(error);
    }
  }

  /** Null when it was refused; the user has then been told why. */
  async add(file: File): Promise<SoundFontInfo | null> {
    this.adding = { name: file.name, fraction: 0 };
    try {
      const { uploadId } = await upload({ purpose: 'music', name: file.name }, file, {
        onProgress: (fraction) => (this.adding = { name: file.name, fraction }),
      });
      const font = await studio.call('soundFonts.add', { uploadId });
      await this.load();
      return font;
    } catch (error) {
      studioState.fail(error);
      return null;
    } finally {
      this.adding = null;
    }
  }

  async remove(id: string): Promise<boolean> {
    try {
      await studio.call('soundFonts.remove', { id });
      await this.load();
      return true;
    } catch (error) {
      studioState.fail(error);
      return false;
    }
  }
}

export const soundFontShelf = new SoundFontShelf();
