/** Sound files as samples, by the browser's own decoders: WAV, FLAC, MP3, Ogg. */
import { AppError } from '../../shared/contract/errors.ts';

export interface DecodedSound {
  /** Hz. */
  sampleRate: number;
  seconds: number;
  /** One or two (or more) of equal lengths, full scale is 1. */
  channels: readonly Float32Array<ArrayBuffer>[];
}

const sampleRate = 48_000;
const mostKept = 3;
const kept = new Map<string, Promise<DecodedSound>>();

async function load(url: string): Promise<DecodedSound> {
  const response = await fetch(url);
  if (!response.ok)
    throw new AppError('not-found', 'The sound cannot be fetched from the library.', { action: 'Look whether it is still there.' });
  // Needs no gesture and no device, as an AudioContext would.
  const context = new OfflineAudioContext(1, 1, sampleRate);
  let buffer: AudioBuffer;
  try {
    buffer = await context.decodeAudioData(await response.arrayBuffer());
  } catch (error) {
    throw new AppError('unsupported', 'The sound cannot be read: it is damaged, or of a kind that is not known here.', {
      action: 'Choose a WAV, FLAC, MP3 or Ogg file.',
      cause: error,
    });
  }
  return {
    sampleRate: buffer.sampleRate,
    seconds: buffer.duration,
    channels: Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel)),
  };
}

/**
 * The last few are kept, so that a view and the player share one.
 * @param url an asset's
 * @throws AppError `not-found`, `unsupported`
 */
export function decodeSound(url: string): Promise<DecodedSound> {
  const known = kept.get(url);
  if (known !== undefined) return known;
  const loading = load(url);
  kept.set(url, loading);
  loading.catch(() => kept.delete(url));
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return loading;
}
