/** How strongly a score sounds over time, without rendering it: every note as a stroke that dies away while it is held. */
import { secondsAt, type Score } from '../../../../shared/music/score.ts';

/** Seconds in which a held note falls to 1/e of its power, and one that was let go. */
const heldS = 0.9;
const releasedS = 0.12;
const struckS = 0.3;

/**
 * @param columns equal parts of the score's ticks
 * @returns [tracks][columns] power, arbitrary units; muted tracks are silent
 */
export function loudnessOfTracks(score: Score, columns: number, endTick: number): Float64Array[] {
  const times = Float64Array.from({ length: columns + 1 }, (_, column) => secondsAt(score, (column / columns) * endTick));
  return score.tracks.map((track) => {
    const power = new Float64Array(columns);
    if (track.muted || endTick === 0) return power;
    for (const note of track.notes) {
      const from = secondsAt(score, note.start);
      const to = secondsAt(score, note.start + note.duration);
      const strength = (track.volume * (note.velocity / 127) ** 1.5) ** 2;
      const held = track.instrument.kind === 'drums' ? struckS : heldS;
      for (let column = Math.floor((note.start / endTick) * columns); column < columns; column += 1) {
        const at = ((times[column] ?? 0) + (times[column + 1] ?? 0)) / 2;
        const ring = Math.exp(-Math.max(0, Math.min(at, to) - from) / held - Math.max(0, at - to) / releasedS);
        if (ring < 1e-3) break;
        power[column] = (power[column] ?? 0) + strength * ring;
      }
    }
    return power;
  });
}
