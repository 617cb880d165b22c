/** One opening of the music export: what goes out, as what, how far it is and what came of it. */
import { z } from 'zod';
import type { CallInput, CallOutput } from '../../../shared/contract/calls.ts';
import { musicExportFormatSchema, type MusicExportFormat } from '../../../shared/contract/calls/music-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Transport } from '../../../shared/contract/transport.ts';
import type { AssetHash, GenerationId } from '../../../shared/domain/ids.ts';

export type FormatKind = MusicExportFormat['kind'];
export type FormatGroup = 'sound' | 'notes' | 'picture';

export const formatGroups: readonly {
  group: FormatGroup;
  label: string;
  formats: readonly { kind: FormatKind; label: string; help: string }[];
}[] = [
  {
    group: 'sound',
    label: 'Sound',
    formats: [
      { kind: 'wav', label: 'WAV', help: 'Everything, for other programs' },
      { kind: 'flac', label: 'FLAC', help: 'Everything, in half the space' },
      { kind: 'mp3', label: 'MP3', help: 'Plays everywhere' },
      { kind: 'opus', label: 'Opus', help: 'Smallest for the same sound' },
      { kind: 'vorbis', label: 'Ogg Vorbis', help: 'Small, for games' },
    ],
  },
  {
    group: 'notes',
    label: 'Notes',
    formats: [
      { kind: 'midi', label: 'MIDI', help: 'For any music program' },
      { kind: 'musicxml', label: 'MusicXML', help: 'For notation programs' },
    ],
  },
  {
    group: 'picture',
    label: 'Picture',
    formats: [
      { kind: 'svg', label: 'SVG', help: 'The piano roll, to any size' },
      { kind: 'png', label: 'PNG', help: 'The piano roll, as pixels' },
    ],
  },
];

export const groupOf = (kind: FormatKind): FormatGroup =>
  formatGroups.find(({ formats }) => formats.some((one) => one.kind === kind))?.group ?? 'sound';
export const isSound = (kind: FormatKind): boolean => groupOf(kind) === 'sound';
/** Opus knows one rate. */
export const hasSampleRate = (kind: FormatKind): boolean => isSound(kind) && kind !== 'opus';

/** What the window remembers from one export to the next. */
export const musicExportChoicesSchema = z.object({
  kind: z.enum(musicExportFormatSchema.options.map((option) => option.shape.kind.value) as [FormatKind, ...FormatKind[]]).default('wav'),
  wavDepth: z.enum(['16', '24', '32f']).default('24'),
  flacBits: z.enum(['16', '24']).default('24'),
  mp3Bitrate: z.enum(['128', '192', '256', '320']).default('256'),
  vorbisQuality: z.number().min(-1).max(10).default(6),
  /** kbit/s. */
  opusBitrate: z.number().min(6).max(510).default(128),
  sampleRate: z.enum(['44100', '48000']).default('48000'),
  pictureWidth: z.number().min(200).max(16_384).default(2400),
  stems: z.boolean().default(false),
  normalise: z.boolean().default(true),
});
export type MusicExportChoices = z.infer<typeof musicExportChoicesSchema>;

export function formatOf(choices: MusicExportChoices): MusicExportFormat {
  const sampleRate = Number(choices.sampleRate);
  const depth = choices.wavDepth === '32f' ? '32f' : Number(choices.wavDepth);
  const formats: Record<FormatKind, object> = {
    wav: { depth, sampleRate },
    flac: { bits: Number(choices.flacBits), sampleRate },
    mp3: { bitrate: Number(choices.mp3Bitrate), sampleRate },
    vorbis: { quality: choices.vorbisQuality, sampleRate },
    opus: { bitrate: Math.round(choices.opusBitrate * 1000) },
    midi: {},
    musicxml: {},
    svg: {},
    png: { width: Math.round(choices.pictureWidth) },
  };
  return musicExportFormatSchema.parse({ kind: choices.kind, ...formats[choices.kind] });
}

/** What is exported. */
export interface MusicExportItem {
  name: string;
  asset: AssetHash;
  generationIds: readonly GenerationId[];
}

export interface MusicExportSource {
  /** Of the file, or of the zip. */
  name: string;
  /** Scores go into every format, sounds only into those of sound. */
  what: 'scores' | 'sounds';
  soundFontId: string | null;
  items: readonly MusicExportItem[];
}

export type MusicExportResult = CallOutput<'music.export'>;

export interface MusicExportOptions {
  studio: Pick<Transport, 'call' | 'subscribe'>;
  choices: MusicExportChoices;
  embed: boolean;
  source: MusicExportSource;
  newRunId: () => string;
  onError: (error: unknown) => void;
}

export class MusicExportSession {
  readonly #options: MusicExportOptions;
  choices: MusicExportChoices = $state.raw(musicExportChoicesSchema.parse({}));
  embed = $state(true);
  name = $state('');
  /** 0..1; null while nothing runs. */
  progress: number | null = $state(null);
  result: MusicExportResult | null = $state.raw(null);
  #runId: string | null = null;
  readonly #stop: () => void;

  constructor(options: MusicExportOptions) {
    this.#options = options;
    const { kind } = options.choices;
    this.choices = options.source.what === 'sounds' && !isSound(kind) ? { ...options.choices, kind: 'wav' } : options.choices;
    this.embed = options.embed;
    this.name = options.source.name;
    this.#stop = options.studio.subscribe((event) => {
      if (event.type === 'music.progress' && event.runId === this.#runId) this.progress = event.fraction;
    });
  }

  get source(): MusicExportSource {
    return this.#options.source;
  }

  get running(): boolean {
    return this.progress !== null;
  }

  /** What is to be had for what is exported. */
  get groups(): typeof formatGroups {
    return this.source.what === 'scores' ? formatGroups : formatGroups.filter(({ group }) => group === 'sound');
  }

  choose(change: Partial<MusicExportChoices>): void {
    this.choices = { ...this.choices, ...change };
    this.result = null;
  }

  input(): CallInput<'music.export'> {
    const { source, choices } = this;
    const named = this.name.trim().slice(0, 200) || 'Untitled';
    const sound = isSound(choices.kind);
    return {
      items: source.items.map(({ name, asset, generationIds }) => ({
        name: source.items.length === 1 ? named : name.trim().slice(0, 200) || 'Untitled',
        asset,
        generationIds: [...generationIds],
      })),
      format: formatOf(choices),
      stems: sound && source.what === 'scores' && choices.stems,
      normalise: choices.normalise,
      embedMetadata: this.embed,
      soundFontId: source.soundFontId,
    };
  }

  /** Null when it failed or was cancelled; failures have been said. */
  async run(): Promise<MusicExportResult | null> {
    if (this.running) return null;
    const runId = this.#options.newRunId();
    this.#runId = runId;
    this.progress = 0;
    this.result = null;
    try {
      this.result = await this.#options.studio.call('music.export', { ...this.input(), runId });
      return this.result;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'cancelled') this.#options.onError(error);
      return null;
    } finally {
      this.progress = null;
      this.#runId = null;
    }
  }

  cancel(): void {
    const runId = this.#runId;
    if (runId !== null) this.#options.studio.call('music.cancelExport', { runId }).catch((error: unknown) => this.#options.onError(error));
  }

  dispose(): void {
    this.cancel();
    this.#stop();
  }
}
