/** Small conversions, each in one place. */

export const gainOfDb = (db: number): number => 10 ** (db / 20);
export const dbOfGain = (gain: number): number => 20 * Math.log10(gain);
/** MIDI note number to Hz, A4 = 440 Hz, equal temperament. */
export const hzOfPitch = (pitch: number): number => 440 * 2 ** ((pitch - 69) / 12);
/** The factor a sample that falls by 60 dB in so many seconds. */
export const decayFactor = (secondsTo60Db: number, sampleRate: number): number => 10 ** (-3 / (secondsTo60Db * sampleRate));
export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
