/** The palette room's state: the palette in hand, its locks, what was offered, and the pictures to recolour. */
import { LiveRun } from './live-run.svelte.ts';
import { runOne } from './run-one.ts';
import { randomSeed } from './seed.ts';
import { studioState } from './studio-state.svelte.ts';
import { ToolBatch } from './tool-batch.svelte.ts';
import { toolRequestBase } from './tool-request.ts';
import type { PictureRef } from './navigation.svelte.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { Generation } from '../../shared/domain/generation.ts';
import { paletteDetailsSchema, paletteParamsSchema, type PaletteDetails, type PaletteParams } from '../../shared/pipelines/palette.ts';

const mostUndo = 100;

interface InHand {
  readonly colours: readonly string[];
  readonly locked: readonly boolean[];
}

class PaletteTool {
  readonly batch = new ToolBatch();
  readonly live = new LiveRun();
  inHand: InHand = $state.raw({
    colours: ['#264653', '#2a9d8f', '#e9c46a', '#f4a261', '#e76f51'],
    locked: [false, false, false, false, false],
  });
  offers: PaletteDetails = $state.raw([]);
  generation: Generation | null = $state.raw(null);
  values: Record<string, string | number | boolean> = $state({ count: 8, temperature: 0.9, strength: 1, keepLightness: 0.6 });
  working = $state(false);
  #past: readonly InHand[] = $state.raw([]);
  #future: readonly InHand[] = $state.raw([]);

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** One undo step. */
  change(next: Partial<InHand>): void {
    this.#past = [...this.#past, this.inHand].slice(-mostUndo);
    this.#future = [];
    this.inHand = { ...this.inHand, ...next };
  }

  take(colours: readonly string[]): void {
    this.change({ colours: [...colours], locked: colours.map((_, index) => this.inHand.locked[index] ?? false) });
  }

  setColour(index: number, colour: string): void {
    this.change({ colours: this.inHand.colours.map((old, at) => (at === index ? colour : old)) });
  }

  toggleLock(index: number): void {
    this.change({ locked: this.inHand.locked.map((old, at) => (at === index ? !old : old)) });
  }

  move(index: number, by: -1 | 1): void {
    const to = index + by;
    if (to < 0 || to >= this.inHand.colours.length) return;
    const swap = <Value>(list: readonly Value[]): Value[] => {
      const copy = [...list];
      const [moved] = copy.splice(index, 1);
      if (moved !== undefined) copy.splice(to, 0, moved);
      return copy;
    };
    this.change({ colours: swap(this.inHand.colours), locked: swap(this.inHand.locked) });
  }

  undo(): void {
    const previous = this.#past.at(-1);
    if (previous === undefined) return;
    this.#past = this.#past.slice(0, -1);
    this.#future = [...this.#future, this.inHand];
    this.inHand = previous;
  }

  redo(): void {
    const next = this.#future.at(-1);
    if (next === undefined) return;
    this.#future = this.#future.slice(0, -1);
    this.#past = [...this.#past, this.inHand];
    this.inHand = next;
  }

  params(mode: PaletteParams['mode']): PaletteParams {
    const { colours, locked } = this.inHand;
    const kept = mode === 'recolour' ? [...colours] : colours.map((colour, index) => (locked[index] === true ? colour : null));
    return paletteParamsSchema.parse({ ...this.values, mode, colours: mode === 'extract' ? [] : kept });
  }

  request(mode: PaletteParams['mode'], picture: PictureRef | null): CallInput<'jobs.enqueue'>['requests'][number] | null {
    const pack = studioState.defaultPack('palette');
    if (pack === null) return null;
    return {
      ...toolRequestBase(pack, picture, 'Palette'),
      kind: 'palette',
      seed: randomSeed(),
      inputs: picture === null ? {} : { image: picture.hash },
      params: this.params(mode),
    };
  }

  /** New palettes, or the picture's own; the best one comes into the hand. */
  async generate(mode: 'sample' | 'extract', picture: PictureRef | null): Promise<void> {
    const request = this.request(mode, picture);
    if (request === null || this.working) return;
    this.working = true;
    try {
      this.show(await runOne(request, () => undefined));
    } catch (error) {
      studioState.fail(error);
    } finally {
      this.working = false;
    }
  }

  /** Takes up what a generation offered. */
  show(generation: Generation): void {
    const parsed = paletteDetailsSchema.safeParse(generation.details['palettes']);
    if (!parsed.success) return;
    this.generation = generation;
    this.offers = parsed.data;
    const [best] = parsed.data;
    if (best !== undefined) this.take(best.colours);
  }
}

export const paletteTool = new PaletteTool();
