/** The worker's side of the views: holds one sound, renders it where it is a score, and answers what is asked of it. */
import { dbOfGain } from '../../../models/audio/dsp/levels.ts';
import { measureLoudness } from '../../../models/audio/loudness/loudness.ts';
import { truePeak } from '../../../models/audio/loudness/true-peak.ts';
import { readSoundFont, SoundFontSound } from '../../../models/audio/soundfont/soundfont.ts';
import { renderScoreSteps, type RenderOptions } from '../../../models/audio/synth/render.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Score } from '../../../shared/music/score.ts';
import type { FromSoundWorker, ToSoundWorker } from './messages.ts';
import { PeakTable } from './peaks.ts';
import { LogSpectrogram } from './spectrogram.ts';

const mixRate = 48_000;
const columnsAtOnce = 24;

type Post = (message: FromSoundWorker, transfer?: Transferable[]) => void;

interface Sound {
  sampleRate: number;
  channels: Float32Array[];
  peaks: PeakTable[];
  spectrogram: LogSpectrogram;
}

/** Lets other messages be heard between two steps of long work. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export class SoundDesk {
  readonly #post: Post;
  readonly #fetchBytes: (url: string) => Promise<ArrayBuffer>;
  #sound: Sound | null = null;
  /** Rises with each sound, and with each spectrogram: what works for an older one ends. */
  #sounds = 0;
  #spectrograms = 0;
  /** The SoundFont read last. */
  #font: { url: string; options: Pick<RenderOptions, 'soundOf'> } | null = null;

  constructor(post: Post, fetchBytes: (url: string) => Promise<ArrayBuffer>) {
    this.#post = post;
    this.#fetchBytes = fetchBytes;
  }

  async hear(message: ToSoundWorker): Promise<void> {
    switch (message.type) {
      case 'samples':
      case 'mix': {
        this.#sounds += 1;
        this.#spectrograms += 1;
        const asked = this.#sounds;
        try {
          if (message.type === 'samples') await this.#take(message.channels, message.sampleRate, asked);
          else await this.#render(message.score, message.soundFontUrl, asked);
        } catch (error) {
          if (asked === this.#sounds) this.#fail(error);
        }
        return;
      }
      case 'waveform': {
        const sound = this.#sound;
        if (sound === null) return;
        const { request, fromS, toS, columns } = message;
        const channels = sound.peaks.map((peaks) => peaks.columns(fromS * sound.sampleRate, toS * sound.sampleRate, columns));
        this.#post(
          { type: 'waveform', request, columns, channels },
          channels.map(({ buffer }) => buffer),
        );
        return;
      }
      case 'spectrogram':
        await this.#spectrogram(message);
        return;
    }
  }

  async #render(score: Score, soundFontUrl: string | null, asked: number): Promise<void> {
    const options = await this.#fontOptions(soundFontUrl);
    const steps = renderScoreSteps(score, { sampleRate: mixRate, ...options });
    for (;;) {
      if (asked !== this.#sounds) return;
      const step = steps.next();
      if (step.done === true) {
        await this.#take([step.value.left, step.value.right], mixRate, asked);
        return;
      }
      this.#post({ type: 'progress', share: step.value });
      await breathe();
    }
  }

  async #fontOptions(url: string | null): Promise<Pick<RenderOptions, 'soundOf'>> {
    if (url === null) return {};
    if (this.#font?.url === url) return this.#font.options;
    const font = await readSoundFont(new Uint8Array(await this.#fetchBytes(url)));
    const options: Pick<RenderOptions, 'soundOf'> = { soundOf: ({ instrument }) => new SoundFontSound(font, instrument, mixRate) };
    this.#font = { url, options };
    return options;
  }

  async #take(channels: Float32Array[], sampleRate: number, asked: number): Promise<void> {
    const frames = channels[0]?.length ?? 0;
    const mono = new Float32Array(frames);
    for (const samples of channels)
      for (let index = 0; index < frames; index += 1) mono[index] = (mono[index] ?? 0) + (samples[index] ?? 0) / channels.length;
    this.#sound = {
      sampleRate,
      channels,
      peaks: channels.map((samples) => new PeakTable(samples)),
      spectrogram: new LogSpectrogram(mono, sampleRate),
    };
    this.#post({ type: 'ready', seconds: frames / sampleRate, channels: channels.length });
    await breathe();
    if (asked !== this.#sounds) return;
    const heard = channels.slice(0, 2);
    const { integratedLufs } = measureLoudness(heard, sampleRate);
    await breathe();
    if (asked === this.#sounds) this.#post({ type: 'loudness', integratedLufs, truePeakDb: dbOfGain(truePeak(heard)) });
  }

  async #spectrogram({ request, fromS, toS, columns, rows }: Extract<ToSoundWorker, { type: 'spectrogram' }>): Promise<void> {
    this.#spectrograms += 1;
    const asked = this.#spectrograms;
    const sound = this.#sound;
    if (sound === null) return;
    for (let first = 0; first < columns; first += columnsAtOnce) {
      const count = Math.min(columnsAtOnce, columns - first);
      const levels = new Uint8Array(count * rows);
      for (let column = 0; column < count; column += 1) {
        const second = fromS + ((first + column + 0.5) / columns) * (toS - fromS);
        sound.spectrogram.column(second, levels.subarray(column * rows, (column + 1) * rows));
      }
      this.#post({ type: 'spectrogram', request, first, count, rows, levels }, [levels.buffer]);
      await breathe();
      if (asked !== this.#spectrograms) return;
    }
  }

  #fail(error: unknown): void {
    const told = error instanceof AppError ? error : new AppError('internal', 'The sound cannot be shown.', { cause: error });
    this.#post({ type: 'failed', message: told.message, action: told.action ?? null });
  }
}
