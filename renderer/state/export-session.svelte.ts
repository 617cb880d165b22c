/**
 * One opening of the export dialog: what is exported, as what, what it would weigh and look like. Estimates follow the
 * options; of several under way only the latest counts.
 */
import { z } from 'zod';
import type { CallInput, CallOutput } from '../../shared/contract/calls.ts';
import { exportFormatSchema, type ExportFormat } from '../../shared/contract/calls/export-calls.ts';
import type { Transport } from '../../shared/contract/transport.ts';
import type { GenerationId } from '../../shared/domain/ids.ts';
import type { PictureRef } from './navigation.svelte.ts';

export interface ExportItem {
  picture: PictureRef;
  generationIds: readonly GenerationId[];
}

/** What the window remembers from one export to the next. */
export const exportChoicesSchema = z.object({
  format: exportFormatSchema.default('png'),
  quality: z.int().min(1).max(100).default(90),
  lossless: z.boolean().default(false),
  sizing: z.enum(['factors', 'pixels']).default('factors'),
  factors: z.array(z.number().min(0.05).max(8)).min(1).max(6).default([1]),
  background: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .default('#ffffff'),
});
export type ExportChoices = z.infer<typeof exportChoicesSchema>;

export type ExportEstimate = CallOutput<'export.estimate'>;
export type ExportPreview = CallOutput<'export.preview'>;
type Options = CallInput<'export.render'>;

export const formatLabels: Record<ExportFormat, string> = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP', avif: 'AVIF', tiff: 'TIFF' };
export const hasQuality = (format: ExportFormat): boolean => format === 'jpeg' || format === 'webp' || format === 'avif';
export const canBeLossless = (format: ExportFormat): boolean => format === 'webp' || format === 'avif';
export const keepsAlpha = (format: ExportFormat): boolean => format !== 'jpeg';

export interface ExportSessionOptions {
  studio: Pick<Transport, 'call'>;
  choices: ExportChoices;
  embed: boolean;
  name: string;
  onError: (error: unknown) => void;
  estimateAfterMs?: number;
}

export class ExportSession {
  readonly #studio: Pick<Transport, 'call'>;
  readonly #onError: (error: unknown) => void;
  readonly #estimateAfterMs: number;
  choices: ExportChoices = $state.raw(exportChoicesSchema.parse({}));
  /** In pixels; null follows the aspect ratio. */
  box: { width: number | null; height: number | null } = $state.raw({ width: null, height: null });
  embed = $state(true);
  /** Of the file, or of the zip when there are several. */
  name = $state('');
  #items: readonly ExportItem[] = $state.raw([]);
  #estimate: ExportEstimate | null = $state.raw(null);
  #preview: ExportPreview | null = $state.raw(null);
  #busy = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor({ studio, choices, embed, name, onError, estimateAfterMs = 350 }: ExportSessionOptions) {
    this.#studio = studio;
    this.#onError = onError;
    this.#estimateAfterMs = estimateAfterMs;
    this.choices = choices;
    this.embed = embed;
    this.name = name;
  }

  get items(): readonly ExportItem[] {
    return this.#items;
  }
  /** Null while it is being worked out. */
  get estimate(): ExportEstimate | null {
    return this.#estimate;
  }
  get preview(): ExportPreview | null {
    return this.#preview;
  }
  get busy(): boolean {
    return this.#busy;
  }

  /** Changes of the options outside `choices`; the file's weight follows. */
  set(change: Partial<Pick<ExportSession, 'name' | 'embed' | 'box'>>): void {
    Object.assign(this, change);
    this.judge();
  }

  setItems(items: readonly ExportItem[]): void {
    this.#items = items;
    this.#preview = null;
    this.judge();
  }

  choose(change: Partial<ExportChoices>): void {
    this.choices = { ...this.choices, ...change };
    this.judge();
  }

  /** Null while the options are not complete. */
  options(): Options | null {
    const { format, quality, lossless, sizing, factors, background } = this.choices;
    const named = this.name.trim() === '' ? 'Kiln' : this.name.trim().slice(0, 200);
    const several = this.#items.length > 1;
    const items = this.#items.map(({ picture, generationIds }) => ({
      name: several ? picture.name.trim().slice(0, 200) || 'Untitled' : named,
      image: picture.hash,
      generationIds: [...generationIds],
    }));
    const { width, height } = this.box;
    if (items.length === 0 || (sizing === 'pixels' && width === null && height === null)) return null;
    return {
      items,
      archiveName: named,
      format,
      quality,
      lossless: lossless && canBeLossless(format),
      scale: sizing === 'factors' ? { kind: 'factors', factors: [...factors] } : { kind: 'pixels', width, height },
      embedMetadata: this.embed,
      background,
    };
  }

  /** Asks anew what it would weigh, once the options have been left alone for a moment. */
  judge(): void {
    clearTimeout(this.#timer);
    this.#estimate = null;
    this.#asked += 1;
    const asked = this.#asked;
    this.#timer = setTimeout(() => void this.#judge(asked), this.#estimateAfterMs);
  }

  async #judge(asked: number): Promise<void> {
    const options = this.options();
    if (options === null) return;
    try {
      const preview = await this.#studio.call('export.preview', options);
      if (asked !== this.#asked) return;
      this.#preview = preview;
      const estimate = await this.#studio.call('export.estimate', options);
      if (asked === this.#asked) this.#estimate = estimate;
    } catch (error) {
      if (asked === this.#asked) this.#onError(error);
    }
  }

  /** Makes the files. Null when that failed (and was said). */
  async render(change: Partial<Options> = {}): Promise<CallOutput<'export.render'> | null> {
    const options = this.options();
    if (options === null || this.#busy) return null;
    this.#busy = true;
    try {
      return await this.#studio.call('export.render', { ...options, ...change });
    } catch (error) {
      this.#onError(error);
      return null;
    } finally {
      this.#busy = false;
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
  }
}
