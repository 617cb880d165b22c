/** The page's side of the worker that looks at one sound. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Score } from '../../../shared/music/score.ts';
import type { DecodedSound } from '../decode-sound.ts';
import type { FromSoundWorker, SpectrogramColumns, Stretch, ToSoundWorker, WaveformColumns } from './messages.ts';

export interface SoundClientListener {
  progress(share: number): void;
  ready(seconds: number): void;
  loudness(loudness: { integratedLufs: number; truePeakDb: number }): void;
  failed(error: AppError): void;
}

export class SoundClient {
  readonly #worker = new Worker(new URL('./sound-worker.ts', import.meta.url), { type: 'module' });
  readonly #listener: SoundClientListener;
  readonly #waveforms = new Map<number, (columns: WaveformColumns) => void>();
  readonly #spectrograms = new Map<number, (columns: SpectrogramColumns) => void>();
  #request = 0;

  constructor(listener: SoundClientListener) {
    this.#listener = listener;
    this.#worker.onmessage = ({ data }: MessageEvent<FromSoundWorker>) => this.#hear(data);
    this.#worker.onerror = () =>
      this.#listener.failed(new AppError('internal', 'The sound cannot be shown.', { action: 'Open the view again.' }));
  }

  /** Looks at decoded samples; they are copied, because players hold them too. */
  showSamples({ channels, sampleRate }: DecodedSound): void {
    const copies = channels.map((samples) => samples.slice());
    this.#send(
      { type: 'samples', channels: copies, sampleRate },
      copies.map(({ buffer }) => buffer),
    );
  }

  showMix(score: Score, soundFontUrl: string | null): void {
    this.#send({ type: 'mix', score, soundFontUrl });
  }

  /** Answered once. @returns what forgets the request */
  waveform(stretch: Stretch, answer: (columns: WaveformColumns) => void): () => void {
    const request = this.#next();
    this.#waveforms.set(request, answer);
    this.#send({ type: 'waveform', request, ...stretch });
    return () => this.#waveforms.delete(request);
  }

  /** Answered in parts, from the left; a newer request ends an older one. @returns what forgets the request */
  spectrogram(stretch: Stretch, rows: number, answer: (columns: SpectrogramColumns) => void): () => void {
    const request = this.#next();
    this.#spectrograms.clear();
    this.#spectrograms.set(request, answer);
    this.#send({ type: 'spectrogram', request, rows, ...stretch });
    return () => this.#spectrograms.delete(request);
  }

  close(): void {
    this.#worker.terminate();
  }

  #next(): number {
    this.#request += 1;
    return this.#request;
  }

  #send(message: ToSoundWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #hear(message: FromSoundWorker): void {
    switch (message.type) {
      case 'progress':
        this.#listener.progress(message.share);
        return;
      case 'ready':
        this.#listener.ready(message.seconds);
        return;
      case 'loudness':
        this.#listener.loudness(message);
        return;
      case 'failed':
        this.#listener.failed(new AppError('internal', message.message, message.action === null ? {} : { action: message.action }));
        return;
      case 'waveform':
        this.#waveforms.get(message.request)?.(message);
        this.#waveforms.delete(message.request);
        return;
      case 'spectrogram':
        this.#spectrograms.get(message.request)?.(message);
        return;
    }
  }
}
