/** Sound changed as it passes: nothing is held but a block. */
import { Limiter } from '../../models/audio/loudness/limiter.ts';
import type { AudioSource } from './files/audio-source.ts';

const times = (samples: Float32Array, gain: number): Float32Array => samples.map((sample) => sample * gain);

export function scaled(source: AudioSource, gain: number): AudioSource {
  if (gain === 1) return source;
  return {
    ...source,
    *blocks() {
      for (const block of source.blocks()) yield block.map((samples) => times(samples, gain));
    },
  };
}

/** No true peak over the ceiling; the limiter's delay is taken back. @param ceiling as a factor of full scale */
export function limited(source: AudioSource, gain: number, ceiling: number): AudioSource {
  return { ...source, blocks: () => limitedBlocks(source, gain, ceiling) };
}

function* limitedBlocks(source: AudioSource, gain: number, ceiling: number): Generator<Float32Array[]> {
  const limiter = new Limiter({ sampleRate: source.sampleRate, ceiling });
  let early = limiter.latency;
  const passed = (block: Float32Array[]): Float32Array[] => {
    const [left = new Float32Array(0), right = left] = block;
    limiter.process(left, right);
    const drop = Math.min(early, left.length);
    early -= drop;
    return block.map((samples) => samples.subarray(drop));
  };
  for (const block of source.blocks()) {
    const out = passed(block.map((samples) => times(samples, gain)));
    if ((out[0]?.length ?? 0) > 0) yield out;
  }
  yield passed(Array.from({ length: source.channelCount }, () => new Float32Array(limiter.latency)));
}

/** The sum of sources of one rate, length and cut into blocks. */
export function summed(sources: readonly AudioSource[]): AudioSource {
  const [first] = sources;
  if (first === undefined) throw new RangeError('Nothing to sum.');
  return { ...first, blocks: () => summedBlocks(sources) };
}

function* summedBlocks(sources: readonly AudioSource[]): Generator<Float32Array[]> {
  const [first, ...rest] = sources;
  if (first === undefined) return;
  const others = rest.map((source) => source.blocks()[Symbol.iterator]());
  for (const block of first.blocks()) {
    const sum = block.map((samples) => samples.slice());
    for (const other of others) {
      const next = other.next();
      if (next.done === true) continue;
      for (const [channel, target] of sum.entries()) {
        const samples = next.value[channel];
        for (let index = 0; index < target.length; index += 1) target[index] = (target[index] ?? 0) + (samples?.[index] ?? 0);
      }
    }
    yield sum;
  }
}
