/** Sound as the encoders take it and files as they give them: both in blocks, so that an hour of music is never held twice. */
import { AppError } from '../../../shared/contract/errors.ts';

/** One array a channel (1 or 2), samples from -1 to 1, all of the same length. */
export interface PlanarAudio {
  /** Hertz, 8,000 to 192,000. */
  sampleRate: number;
  channels: readonly Float32Array[];
}

export interface AudioSource {
  sampleRate: number;
  channelCount: 1 | 2;
  /** Samples of one channel. */
  frames: number;
  /** Blocks in order, one array a channel; an array is only valid until the next block is asked for. */
  blocks(): Iterable<readonly Float32Array[]>;
}

/** Takes a file as it is written. `patch` overwrites bytes already written, for headers that only the end can fill in. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
  patch(offset: number, bytes: Uint8Array): void;
}

export const blockFrames = 1 << 15;

const unusable = (why: string): AppError =>
  new AppError('invalid-request', `This sound cannot be written: ${why}`, { action: 'Render the clip again.' });

/** @throws AppError invalid-request unless there are one or two channels of equal length at a usual rate, with sound in them */
export function sourceOf({ sampleRate, channels }: PlanarAudio): AudioSource {
  const frames = channels[0]?.length ?? 0;
  if (channels.length !== 1 && channels.length !== 2) throw unusable(`it has ${String(channels.length)} channels, not one or two.`);
  if (channels.some(({ length }) => length !== frames)) throw unusable('its channels differ in length.');
  if (frames === 0) throw unusable('it is empty.');
  if (!Number.isInteger(sampleRate) || sampleRate < 8000 || sampleRate > 192_000)
    throw unusable('its sample rate is not between 8 and 192 kHz.');
  return {
    sampleRate,
    channelCount: channels.length,
    frames,
    *blocks() {
      for (let start = 0; start < frames; start += blockFrames)
        yield channels.map((channel) => channel.subarray(start, start + blockFrames));
    },
  };
}

/** One array of all. */
export const concatBytes = (parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** A whole file in memory. */
export class MemorySink implements ByteSink {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write(bytes: Uint8Array): void {
    this.#parts.push(bytes.slice());
    this.#length += bytes.length;
  }

  patch(offset: number, bytes: Uint8Array): void {
    let start = 0;
    for (const part of this.#parts) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + bytes.length, start + part.length);
      if (from < to) part.set(bytes.subarray(from - offset, to - offset), from - start);
      start += part.length;
      if (start >= offset + bytes.length) return;
    }
    throw new RangeError('A patch reaches past the end of the file.');
  }

  bytes(): Uint8Array {
    return concatBytes(this.#parts);
  }
}
