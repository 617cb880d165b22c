/** The self-test of a pack: its picture and time, remembered by the window for these weights. */
import { z } from 'zod';
import { studio } from '../api/studio.ts';
import { AppError } from '../../shared/contract/errors.ts';
import { livePath } from '../../shared/domain/asset.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import { recall, remember } from './remembered.ts';
import { studioState } from './studio-state.svelte.ts';

const trialSchema = z.object({ picture: z.string().startsWith('data:image/'), totalMs: z.number(), atMs: z.number(), caption: z.string() });
export type Trial = z.infer<typeof trialSchema>;
const trialsSchema = z.record(z.string(), trialSchema);

const key = 'pack-trials';
/** Pictures of some 15 kB each: the window's memory is small. */
const mostTrials = 60;
const sidePx = 256;

class PackTrials {
  #trials: Readonly<Record<string, Trial>> = $state.raw(recall(key, trialsSchema) ?? {});
  /** Packs being tried, by hash. */
  running: readonly string[] = $state.raw([]);

  of(pack: Pack): Trial | null {
    return this.#trials[pack.packHash] ?? null;
  }

  async run(pack: Pack): Promise<void> {
    if (this.running.includes(pack.packHash)) return;
    this.running = [...this.running, pack.packHash];
    try {
      const request = await studio.call('packs.selfTestRequest', { id: pack.manifest.id });
      if (request === null) return;
      const { pictures, totalMs } = await studio.call('live.run', { slot: 'self-test', request, maxSidePx: null });
      const shown = pictures.find(({ role }) => role === 'image') ?? pictures[0];
      if (shown === undefined) throw new AppError('model-output-invalid', 'The run gave no picture.');
      const caption = request.kind === 'diffusion' ? `“${request.params.prompt}”` : '';
      this.#keep(pack.packHash, { picture: await shrink(livePath(shown.id)), totalMs, atMs: Date.now(), caption });
    } catch (error) {
      studioState.fail(error);
    } finally {
      this.running = this.running.filter((hash) => hash !== pack.packHash);
    }
  }

  #keep(packHash: string, trial: Trial): void {
    const others = Object.entries(this.#trials).filter(([hash]) => hash !== packHash);
    const newest = others.sort(([, a], [, b]) => b.atMs - a.atMs).slice(0, mostTrials - 1);
    this.#trials = { ...Object.fromEntries(newest), [packHash]: trial };
    remember(key, this.#trials);
  }
}

/** A live picture is gone after the second next run: what is kept is a copy. */
async function shrink(address: string): Promise<string> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const scale = Math.min(1, sidePx / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const context = canvas.getContext('2d');
  if (context === null) throw new AppError('internal', 'This window cannot draw the picture.');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/webp', 0.85);
}

export const packTrials = new PackTrials();
