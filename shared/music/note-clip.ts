/** Copied notes as JSON text, so that they can be pasted in another window and read by people. */
import { z } from 'zod';
import { longestTicks, mostNotes, noteSchema, sortedNotes, type Note } from './score.ts';

const noteClipSchema = z.object({
  kilnNotes: z.literal(1),
  /** From the place that was copied from to the end of its last note; where a second copy would begin. */
  lengthTicks: z.int().min(1).max(longestTicks),
  /** Starts count from 0. */
  notes: z.array(noteSchema).min(1).max(mostNotes),
});
export type NoteClip = z.infer<typeof noteClipSchema>;

/** Null without notes. Starts count from the first note's. */
export function noteClip(notes: readonly Note[]): NoteClip | null {
  if (notes.length === 0) return null;
  const from = Math.min(...notes.map(({ start }) => start));
  const moved = sortedNotes(notes.map((note) => ({ ...note, start: note.start - from })));
  return { kilnNotes: 1, lengthTicks: moved.reduce((end, { start, duration }) => Math.max(end, start + duration), 1), notes: moved };
}

export const noteClipText = (clip: NoteClip): string => JSON.stringify(clip);

/** Null when the text is something else than copied notes. */
export function readNoteClip(text: string): NoteClip | null {
  if (!text.includes('"kilnNotes"')) return null;
  try {
    const parsed = noteClipSchema.safeParse(JSON.parse(text));
    return parsed.success ? { ...parsed.data, notes: sortedNotes(parsed.data.notes) } : null;
  } catch {
    return null;
  }
}
