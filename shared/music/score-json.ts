/** Scores as JSON: checked, in one form, so that the same score is the same bytes and the same hash. */
import { AppError } from '../contract/errors.ts';
import { longestTicks, mostNotes, scoreSchema, sortedNotes, type Score } from './score.ts';

const invalid = (why: string): AppError =>
  new AppError('invalid-request', `This is not a score that Kiln can keep: ${why}`, { action: 'Correct it, or import the piece as MIDI.' });

function place(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function requireOrder(name: string, items: readonly { tick: number }[]): void {
  if (items.length > 0 && items[0]?.tick !== 0) throw invalid(`${name}[0] begins at tick ${String(items[0]?.tick)}, not at 0.`);
  const late = items.findIndex((item, index) => index > 0 && item.tick <= (items[index - 1]?.tick ?? 0));
  if (late > 0) throw invalid(`${name}[${String(late)}] does not come after the one before it.`);
}

/**
 * Any JSON value as a score, its notes sorted and nothing in it that no score has.
 * @throws AppError invalid-request naming the first problem, too-large
 */
export function checkedScore(value: unknown): Score {
  const parsed = scoreSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(issue === undefined ? 'it is damaged.' : `${place(issue.path) || 'it'}: ${issue.message}.`);
  }
  const score = parsed.data;
  requireOrder('tempos', score.tempos);
  requireOrder('metres', score.metres);
  requireOrder('keys', score.keys);
  const ids = score.tracks.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(`two tracks are called "${twice}".`);
  const notes = score.tracks.reduce((sum, track) => sum + track.notes.length, 0);
  if (notes > mostNotes) {
    throw new AppError(
      'too-large',
      `The score has ${notes.toLocaleString('en-GB')} notes; Kiln keeps up to ${mostNotes.toLocaleString('en-GB')}.`,
      {
        action: 'Split the piece, or remove tracks.',
      },
    );
  }
  for (const [index, track] of score.tracks.entries()) {
    const far = track.notes.findIndex(({ start, duration }) => start + duration > longestTicks);
    if (far >= 0) throw invalid(`tracks[${String(index)}].notes[${String(far)}] ends beyond the longest piece.`);
  }
  return { ...score, tracks: score.tracks.map((track) => ({ ...track, notes: sortedNotes(track.notes) })) };
}

/** The text of a score that is checked: keys in the schema's order. */
export const scoreText = (score: Score): string => JSON.stringify(score);

/** @throws AppError invalid-request naming the first problem, too-large */
export function scoreOfText(text: string): Score {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('invalid-request', 'This is not a score: it is no JSON text.', {
      action: 'Import MIDI, MusicXML and ABC files as music.',
      cause: error,
    });
  }
  return checkedScore(value);
}
