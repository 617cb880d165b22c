/** The animation that is being put together; it outlives the dialog. */
import { z } from 'zod';
import { studio } from '../../../api/studio.ts';
import { recall, remember } from '../../../state/remembered.ts';
import type { DiffusionRequest } from '../../../../shared/domain/generation.ts';
import { frameCount, frameRequests, type KeyFrame } from '../../../../shared/prompt/grid-frames.ts';
import { GridError } from '../../../../shared/prompt/grid-values.ts';
import { randomSeed } from '../../../state/seed.ts';
import { SeriesRun, type MakeFile } from './series-run.svelte.ts';

const settingsSchema = z.object({
  framesPerStep: z.int().min(1).max(240),
  closed: z.boolean(),
  easing: z.enum(['linear', 'smooth']),
  framesPerSecond: z.int().min(1).max(60),
  pingPong: z.boolean(),
  format: z.enum(['webp', 'gif']),
});
type Settings = z.infer<typeof settingsSchema>;
const first: Settings = { framesPerStep: 12, closed: false, easing: 'smooth', framesPerSecond: 12, pingPong: true, format: 'webp' };

export const mostKeys = 8;
const quality = 92;

class AnimationSession {
  readonly run = new SeriesRun();
  settings: Settings = $state.raw(recall('generate.animation', settingsSchema) ?? first);
  base: DiffusionRequest | null = $state.raw(null);
  keys: readonly KeyFrame[] = $state.raw([]);

  readonly planned: { requests: DiffusionRequest[]; problem: null } | { requests: null; problem: string } = $derived.by(() => {
    if (this.base === null) return { requests: null, problem: 'Write a prompt and choose a model first.' };
    try {
      return { requests: frameRequests(this.base, { ...this.settings, keys: this.keys }), problem: null };
    } catch (error) {
      if (error instanceof GridError) return { requests: null, problem: error.message };
      throw error;
    }
  });
  readonly seconds: number = $derived.by(() => {
    const count = frameCount({ ...this.settings, keys: this.keys });
    return (this.settings.pingPong ? Math.max(1, 2 * count - 2) : count) / this.settings.framesPerSecond;
  });

  /** Takes up what the room is set to as the first key; later keys of before stay. */
  open(base: DiffusionRequest | null): void {
    this.base = base;
    if (base === null) return;
    const key = { prompt: base.params.prompt, seed: base.seed };
    const others = this.keys.slice(1);
    this.keys = [key, ...(others.length > 0 ? others : [{ prompt: key.prompt, seed: randomSeed() }])];
  }

  setKey(index: number, change: Partial<KeyFrame>): void {
    this.keys = this.keys.map((key, place) => (place === index ? { ...key, ...change } : key));
  }

  addKey(): void {
    const last = this.keys.at(-1);
    if (last !== undefined && this.keys.length < mostKeys) this.keys = [...this.keys, { prompt: last.prompt, seed: randomSeed() }];
  }

  removeKey(index: number): void {
    if (this.keys.length > 2) this.keys = this.keys.filter((_, place) => place !== index);
  }

  set(change: Partial<Settings>): void {
    this.settings = { ...this.settings, ...change };
    remember('generate.animation', this.settings);
    // Speed and format change the file, not the frames.
    if (this.run.result !== null) void this.run.makeFile();
  }

  async start(): Promise<void> {
    const { requests } = this.planned;
    if (requests !== null) await this.run.start(requests, this.#file);
  }

  readonly #file: MakeFile = (pictures) => {
    const { framesPerSecond, pingPong, format } = this.settings;
    const frames = pictures.flatMap((picture) => picture ?? []);
    const name = `Animation ${this.keys[0]?.prompt.trim() ?? ''}`.trim().slice(0, 80);
    return studio.call('sheets.animate', { frames, framesPerSecond, pingPong, format, quality, name });
  };
}

export const animationSession = new AnimationSession();
