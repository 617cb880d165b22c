/** Faders and meters in decibels. */

/** A track's volume 0..1 as decibels of full; the square is the factor, as MIDI's volume has it. */
export const dbOfVolume = (volume: number): number => 40 * Math.log10(volume);

/** "−6.0 dB"; "−∞ dB" for none. */
export function dbWords(db: number, digits = 1): string {
  if (db === -Infinity) return '−∞ dB';
  const text = Math.abs(db).toFixed(digits);
  return `${db < 0 && Number(text) !== 0 ? '−' : ''}${text} dB`;
}

const lowestDb = -54;

/** Height 0..1 of a meter for a peak; 0 dB of full scale is 1. */
export function meterHeight(peak: number): number {
  if (peak <= 0) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(peak)) / lowestDb));
}

/** "L 30", "R 100", "Centre" */
export function panWords(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? 'Centre' : `${pan < 0 ? 'L' : 'R'} ${String(percent)}`;
}
