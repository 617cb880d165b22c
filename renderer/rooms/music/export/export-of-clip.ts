/** What the export dialog is opened for: the open clip, or generations of the history. */
import type { Generation } from '../../../../shared/domain/generation.ts';
import type { MusicExportItem, MusicExportSource } from '../../../state/music/music-export.svelte.ts';
import { clipSession, scores } from '../../../state/music/open-clip.svelte.ts';
import { scoreEditor } from '../../../state/music/score-editor.svelte.ts';

/** The clip as it stands in the roll; null when none is open. */
export async function exportOfClip(): Promise<MusicExportSource | null> {
  const { record, soundFontId, madeWith } = clipSession;
  if (record === null) return null;
  const asset = await scores.put(scoreEditor.score);
  return { name: record.name, what: 'scores', soundFontId, items: [{ name: record.name, asset, generationIds: madeWith }] };
}

const titleOf = ({ request }: Generation): string => request.title.trim() || 'Untitled';

/** Scores when all of them have one, else sounds; null when there is neither. */
export function exportOfGenerations(generations: readonly Generation[]): MusicExportSource | null {
  const itemsOf = (role: 'score' | 'audio'): MusicExportItem[] =>
    generations.flatMap((generation) => {
      const outputs = generation.outputs.filter((output) => output.role === role);
      return outputs.map(({ hash }, index) => ({
        name: outputs.length === 1 ? titleOf(generation) : `${titleOf(generation)} ${String(index + 1)}`,
        asset: hash,
        generationIds: [generation.id],
      }));
    });
  const scoresOf = itemsOf('score');
  const sounds = itemsOf('audio');
  const items = scoresOf.length > 0 ? scoresOf : sounds;
  const [only, ...more] = generations;
  if (items.length === 0 || only === undefined) return null;
  return { name: more.length === 0 ? titleOf(only) : 'Kiln', what: scoresOf.length > 0 ? 'scores' : 'sounds', soundFontId: null, items };
}
