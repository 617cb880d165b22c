/** Scores that come in as bytes. */
import { AppError } from '../../../shared/contract/errors.ts';
import { mostNotes, scoreSchema, sortedNotes, type Score } from '../../../shared/music/score.ts';
import { decodeUtf8 } from '../../core/utf8.ts';

/** A score of the most notes has about this many bytes. */
const mostBytes = 32 * 1024 * 1024;

const beginsAtZero = (items: readonly { tick: number }[]): boolean => items.length === 0 || items[0]?.tick === 0;
const rises = (items: readonly { tick: number }[]): boolean =>
  items.every(({ tick }, index) => index === 0 || tick > (items[index - 1]?.tick ?? 0));

/**
 * @param role how the request calls it
 * @throws AppError invalid-request, too-large
 */
export function readScore(role: string, bytes: Uint8Array): Score {
  if (bytes.length > mostBytes) {
    throw new AppError('too-large', `The input "${role}" has ${String(Math.round(bytes.length / 1024 ** 2))} MiB; scores may have 32.`, {
      action: 'Split the piece, or remove tracks.',
    });
  }
  const damaged = (why: string, cause?: unknown): AppError =>
    new AppError('invalid-request', `The input "${role}" is no score: ${why}`, {
      action: 'Save the piece again, or import it as MIDI.',
      cause,
    });
  const text = decodeUtf8(bytes);
  if (text === null) throw damaged('it is no text in UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged('it is no JSON.', error);
  }
  const parsed = scoreSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is damaged'}.`, parsed.error);
  }
  const score = parsed.data;
  for (const name of ['tempos', 'metres', 'keys'] as const) {
    if (!beginsAtZero(score[name])) throw damaged(`${name} do not begin at tick 0.`);
    if (!rises(score[name])) throw damaged(`${name} are not in order.`);
  }
  const notes = score.tracks.reduce((sum, track) => sum + track.notes.length, 0);
  if (notes > mostNotes) {
    throw new AppError('too-large', `The input "${role}" has ${String(notes)} notes; models take up to ${String(mostNotes)}.`, {
      action: 'Split the piece, or remove tracks.',
    });
  }
  return { ...score, tracks: score.tracks.map((track) => ({ ...track, notes: sortedNotes(track.notes) })) };
}
