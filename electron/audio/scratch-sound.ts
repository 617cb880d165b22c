/** Sound on its way, in a file of its own: an hour of it takes no memory. Interleaved floats, as this machine writes them. */
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { blockFrames, type AudioSource } from './files/audio-source.ts';
import { guarded, writeAll } from './file-sink.ts';

const channelCount = 2;
const frameBytes = channelCount * Float32Array.BYTES_PER_ELEMENT;

export class ScratchSound {
  readonly #file: string;
  readonly #handle: number;
  readonly #sampleRate: number;
  #frames = 0;

  /** @throws AppError disk-full, read-only */
  constructor(file: string, sampleRate: number) {
    this.#file = file;
    this.#sampleRate = sampleRate;
    this.#handle = guarded(() => openSync(file, 'wx+', 0o600));
  }

  /** @throws AppError disk-full */
  append(left: Float32Array, right: Float32Array): void {
    const samples = new Float32Array(left.length * channelCount);
    for (let index = 0; index < left.length; index += 1) {
      samples[index * 2] = left[index] ?? 0;
      samples[index * 2 + 1] = right[index] ?? 0;
    }
    guarded(() => {
      writeAll(this.#handle, new Uint8Array(samples.buffer), this.#frames * frameBytes);
    });
    this.#frames += left.length;
  }

  /** What was appended, from the start, as often as it is asked for. */
  source(): AudioSource {
    const frames = this.#frames;
    const handle = this.#handle;
    return {
      sampleRate: this.#sampleRate,
      channelCount,
      frames,
      *blocks() {
        for (let start = 0; start < frames; start += blockFrames) yield readFrames(handle, start, Math.min(blockFrames, frames - start));
      },
    };
  }

  remove(): void {
    closeSync(this.#handle);
    rmSync(this.#file, { force: true });
  }
}

function readFrames(handle: number, start: number, count: number): Float32Array[] {
  const samples = new Float32Array(count * channelCount);
  const bytes = new Uint8Array(samples.buffer);
  for (let done = 0; done < bytes.length;) {
    const got = readSync(handle, bytes, done, bytes.length - done, start * frameBytes + done);
    if (got === 0) throw new RangeError('The scratch file ends early.');
    done += got;
  }
  const channels = Array.from({ length: channelCount }, () => new Float32Array(count));
  for (const [channel, target] of channels.entries()) {
    for (let index = 0; index < count; index += 1) target[index] = samples[index * channelCount + channel] ?? 0;
  }
  return channels;
}
