/** What views of a sound ask of the worker that looks at it. */
import type { Score } from '../../../shared/music/score.ts';

export interface Stretch {
  /** Seconds into the sound. */
  fromS: number;
  toS: number;
  columns: number;
}

export type ToSoundWorker =
  | { type: 'samples'; channels: Float32Array<ArrayBuffer>[]; sampleRate: number }
  /** The score as it is exported; the SoundFont is fetched from its address. */
  | { type: 'mix'; score: Score; soundFontUrl: string | null }
  | ({ type: 'waveform'; request: number } & Stretch)
  | ({ type: 'spectrogram'; request: number; rows: number } & Stretch);

export interface WaveformColumns {
  /** One a channel: [columns * 3] lowest sample, highest sample, root mean square. */
  channels: Float32Array<ArrayBuffer>[];
  columns: number;
}

export interface SpectrogramColumns {
  /** The first of them, and how many, of those that were asked for. */
  first: number;
  count: number;
  rows: number;
  /** [count][rows] from the lowest row up: 0 is `lowestDb` and below, 255 a sine of full scale. */
  levels: Uint8Array<ArrayBuffer>;
}

export type FromSoundWorker =
  | { type: 'progress'; share: number }
  | { type: 'ready'; seconds: number; channels: number }
  | { type: 'loudness'; integratedLufs: number; truePeakDb: number }
  | { type: 'failed'; message: string; action: string | null }
  | ({ type: 'waveform'; request: number } & WaveformColumns)
  | ({ type: 'spectrogram'; request: number } & SpectrogramColumns);
