/** The clip that is open in this window, and the ways one comes to be open. */
import { clipIdSchema, ulidFrom, type AssetHash, type ClipId, type ProjectId } from '../../../shared/domain/ids.ts';
import type { Generation } from '../../../shared/domain/generation.ts';
import { emptyScore, type Score } from '../../../shared/music/score.ts';
import { studio } from '../../api/studio.ts';
import { recall, remember } from '../remembered.ts';
import { studioState } from '../studio-state.svelte.ts';
import { ClipSession, type NewTake } from './clip-session.svelte.ts';
import { player } from './player.svelte.ts';
import { storeRollPicture } from './roll-picture.ts';
import { scoreEditor } from './score-editor.svelte.ts';
import { createScoreStore } from './score-store.ts';
import { takeName } from './takes.ts';

export const scores = createScoreStore();

export const clipSession = new ClipSession({
  studio,
  scores,
  editor: scoreEditor,
  picture: storeRollPicture,
  newId: () => ulidFrom(Date.now(), crypto.getRandomValues(new Uint8Array(16))),
  onError: (error) => studioState.fail(error),
  onConflict: (name) =>
    studioState.notify({
      level: 'warning',
      title: `"${name}" was changed in another window.`,
      text: 'Your work goes on in a copy of its own.',
    }),
  onOpened: (record) => {
    remember('music.clip', record?.id ?? null);
    if (record === null) return;
    player.load(scoreEditor.score);
    player.setLoop(record.state.loop);
    void player.setSoundFont(record.state.soundFontId);
  },
});

/** Opens the clip that was open when the window was last closed, if it is still there. */
export async function reopenClip(): Promise<void> {
  const id = recall('music.clip', clipIdSchema);
  if (id === null || clipSession.record !== null) return;
  const record = await studio.call('clips.get', { id }).catch(() => null);
  // One that was deleted meanwhile leaves the room as on its first day.
  if (record === null || record.trashedAtMs !== null) remember('music.clip', null);
  else await openClip(id);
}

export async function openClip(id: ClipId): Promise<void> {
  player.stop();
  await clipSession.open(id);
}

export async function newClip(name: string, score: Score, take: Omit<NewTake, 'score' | 'madeWith'> | null = null): Promise<void> {
  player.stop();
  await clipSession.create(name, score, currentProject(), take);
}

/** New clips belong where the open one does. */
const currentProject = (): ProjectId | null => clipSession.record?.projectId ?? null;

/** Eight bars of silence with a piano to write on. */
export function blankPiece(bars = 8): Score {
  const base = emptyScore({ bars, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null });
  return {
    ...base,
    tracks: [
      {
        id: 'track-1',
        name: 'Piano',
        instrument: { kind: 'melodic', program: 0 },
        notes: [],
        volume: 0.8,
        pan: 0,
        muted: false,
        solo: false,
        reverb: 0.2,
      },
    ],
  };
}

export const scoreOutputs = ({ outputs }: Pick<Generation, 'outputs'>): AssetHash[] =>
  outputs.filter(({ role }) => role === 'score').map(({ hash }) => hash);

/** The takes that a finished generation gives. */
export async function takesOf(generation: Generation, number: number, madeWith: NewTake['madeWith']): Promise<NewTake[]> {
  const { request } = generation;
  if (request.kind !== 'score') return [];
  const outputs = scoreOutputs(generation);
  const input = request.inputs.score === undefined ? null : await scores.get(request.inputs.score).catch(() => null);
  const found: NewTake[] = [];
  for (const [index, hash] of outputs.entries()) {
    const name = takeName(number, request, input, { index, of: outputs.length });
    found.push({ name, score: await scores.get(hash), generationId: generation.id, madeWith });
  }
  return found;
}

/** A generation of the history as a clip of its own, all its results as takes; one that failed opens with what it was to work on. */
export async function openGeneration(generation: Generation): Promise<void> {
  const { request } = generation;
  const [first, ...more] = await takesOf(generation, 1, []);
  const name = request.title.trim() === '' ? 'Untitled' : request.title.trim();
  if (first !== undefined) {
    await newClip(name, first.score, { name: first.name, generationId: generation.id });
    await clipSession.addTakes(more, false);
  } else if (request.kind === 'score' && request.inputs.score !== undefined) {
    await newClip(name, await scores.get(request.inputs.score));
  }
}
