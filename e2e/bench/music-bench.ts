/** Bench figures of the music room: writing eight bars, writing two of them anew, and rendering a large piece. */
import { renderScore } from '../../models/audio/synth/render.ts';
import { encodeUtf8 } from '../../models/core/utf8.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import { emptyScore, secondsAt, type Note, type Score } from '../../shared/music/score.ts';
import { timed, type Figure } from './figure.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** 64 bars of eighths in eight tracks of different instruments. */
function largePiece(): Score {
  const frame = emptyScore({ bars: 64, bpm: 120, metre: { numerator: 4, denominator: 4 }, key: null });
  const programs = [0, 4, 19, 24, 33, 40, 48, 73];
  return {
    ...frame,
    tracks: programs.map((program, track) => ({
      id: `track-${String(track)}`, name: '', instrument: { kind: 'melodic', program }, volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2,
      notes: Array.from({ length: 64 * 8 }, (_, at): Note => ({ start: at * 240, duration: 220, pitch: 40 + 4 * track + ((at * 5) % 12), velocity: 80 })),
    })),
  }; // prettier-ignore
}

export async function musicFigures(): Promise<Figure[]> {
  const pack = openPack('kiln-music');
  let seed = 0;
  const next = (): { seed: number } => ({ seed: (seed += 1) });
  const chorale = await timed(3, () => pack.run({}, { mode: 'generate', style: 'chorale', bars: 8 }, next()));
  const written = await pack.run({}, { mode: 'generate', style: 'chorale', bars: 8 }, { seed: 1 });
  const file = written.files.find(({ role }) => role === 'score');
  const score = file?.bytes ?? encodeUtf8('');
  const regions = ['alto', 'tenor'].map((trackId) => ({ trackId, start: 4 * 1920, end: 6 * 1920 }));
  const fill = await timed(3, () => pack.run({}, { mode: 'fill', regions }, { ...next(), bytes: { score } }));
  const vary = await timed(3, () => pack.run({}, { mode: 'vary', amount: 0.4 }, { ...next(), bytes: { score } }));
  const piece = largePiece();
  const lasts = secondsAt(piece, piece.lengthTicks);
  const from = performance.now();
  renderScore(piece, { tailS: 0 });
  const took = (performance.now() - from) / 1000;
  return [
    { what: 'Music: a chorale of 8 bars', measured: seconds(chorale), limit: '4 s', ok: chorale < 4000 },
    { what: 'Music: 2 bars of two voices written anew, 48 passes', measured: seconds(fill), limit: '4 s', ok: fill < 4000 },
    { what: 'Music: 8 bars of four voices varied', measured: seconds(vary), limit: '1 s', ok: vary < 1000 },
    {
      what: 'Music: 64 bars x 8 tracks rendered',
      measured: `${(lasts / took).toFixed(1)} × real time (${took.toFixed(1)} s for ${lasts.toFixed(0)} s)`,
      limit: '1 ×',
      ok: took < lasts,
    },
  ];
}
