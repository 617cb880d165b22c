import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../shared/contract/errors.ts';
import type { Transport } from '../../../shared/contract/transport.ts';
import type { ClipRecord, ClipState } from '../../../shared/domain/clip.ts';
import type { AssetHash, ClipId, GenerationId } from '../../../shared/domain/ids.ts';
import { emptyScore, type Score } from '../../../shared/music/score.ts';
import { ClipSession } from './clip-session.svelte.ts';
import { ScoreEditor } from './score-editor.svelte.ts';
import type { ScoreStore } from './score-store.ts';

const clipId = '01ARZ3NDEKTSV4RRFFQ69G5FAV' as ClipId;
const copyId = '01ARZ3NDEKTSV4RRFFQ69G5FAW' as ClipId;
const made = (letter: string): GenerationId => `01ARZ3NDEKTSV4RRFFQ69G5F${letter}0` as GenerationId;

/** One note of this pitch. */
function piece(pitch: number): Score {
  const base = emptyScore({ bars: 1, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null });
  const notes = [{ start: 0, duration: 480, pitch, velocity: 80 }];
  const track = {
    id: 'a',
    name: 'A',
    instrument: { kind: 'melodic' as const, program: 0 },
    notes,
    volume: 0.8,
    pan: 0,
    muted: false,
    solo: false,
    reverb: 0.2,
  };
  return { ...base, tracks: [track] };
}

/** A library of scores and one clip. */
function studio() {
  const scores = new Map<AssetHash, Score>();
  const hashes = new WeakMap<Score, AssetHash>();
  const store: ScoreStore = {
    put(score) {
      const text = JSON.stringify(score);
      const known = [...scores].find(([, other]) => JSON.stringify(other) === text)?.[0];
      const hash = known ?? (scores.size.toString(16).padStart(64, '0') as AssetHash);
      if (known === undefined) scores.set(hash, score);
      hashes.set(score, hash);
      return Promise.resolve(hash);
    },
    get: (hash) =>
      Promise.resolve(scores.get(hash) ?? emptyScore({ bars: 1, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null })),
    hashOf: (score) => hashes.get(score) ?? null,
  };
  let stored: ClipRecord | null = null;
  const saves: ClipState[] = [];
  const call = vi.fn((name: string, input: Record<string, unknown>): Promise<unknown> => {
    if (name === 'clips.create') {
      stored = {
        id: stored === null ? clipId : copyId,
        projectId: null,
        name: String(input['name']),
        revision: 0,
        state: input['state'] as ClipState,
        thumbnail: null,
        createdAtMs: 1,
        updatedAtMs: 1,
        trashedAtMs: null,
      };
      return Promise.resolve(stored);
    }
    if (stored === null) throw new Error('nothing stored');
    if (name === 'clips.get') return Promise.resolve(stored);
    if (name === 'clips.rename') stored = { ...stored, name: String(input['name']), revision: stored.revision + 1 };
    if (name === 'clips.save') {
      if (input['baseRevision'] !== stored.revision) return Promise.reject(new AppError('conflict', 'It was changed.'));
      stored = { ...stored, revision: stored.revision + 1, state: input['state'] as ClipState };
      saves.push(stored.state);
    }
    return Promise.resolve(stored);
  });
  const elsewhere = (): void => {
    if (stored !== null) stored = { ...stored, revision: stored.revision + 1 };
  };
  return { call, store, saves, elsewhere };
}

function setup() {
  const library = studio();
  const editor = new ScoreEditor();
  const onError = vi.fn();
  const onConflict = vi.fn();
  let id = 0;
  const session = new ClipSession({
    studio: library as unknown as Pick<Transport, 'call'>,
    scores: library.store,
    editor,
    picture: () => Promise.resolve(null),
    newId: () => `take-${String((id += 1))}`,
    onError,
    onConflict,
    onOpened: () => undefined,
  });
  return { ...library, editor, session, onError, onConflict };
}

const take = (pitch: number, letter: string) => ({ name: `Take ${letter}`, score: piece(pitch), generationId: made(letter), madeWith: [] });
const pitchIn = (editor: ScoreEditor): number | undefined => editor.score.tracks[0]?.notes[0]?.pitch;

describe('an open clip', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is saved within two seconds of a change, however many follow', async () => {
    const { session, editor, saves } = setup();
    await session.create('Evening', piece(60));
    expect(session.saved).toBe(true);
    for (let elapsedMs = 0; elapsedMs < 1_900; elapsedMs += 100) {
      editor.apply('Draw', piece(61 + elapsedMs / 100));
      session.changed();
      expect(session.saved).toBe(false);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(saves).toHaveLength(1);
    await session.saveNow();
    expect(session.saved).toBe(true);
  });

  it('saves at once when another is opened', async () => {
    const { session, editor, saves } = setup();
    await session.create('Evening', piece(60));
    editor.apply('Draw', piece(64));
    await session.close();
    expect(saves).toHaveLength(1);
    expect(session.record).toBeNull();
  });

  it('comes back as it was: locks, loop, takes and which one is chosen', async () => {
    const { session, editor } = setup();
    await session.create('Evening', piece(60));
    await session.addTakes([take(62, 'A'), take(64, 'B')], true);
    await session.flick(1);
    editor.setLockedBars([0]);
    session.setLoop({ start: 0, end: 960.4 });
    session.setSoundFont('strings');
    await session.close();
    await session.open(clipId);
    expect(pitchIn(editor)).toBe(64);
    expect([...editor.lockedBars]).toEqual([0]);
    expect(session.loop).toEqual({ start: 0, end: 960 });
    expect(session.soundFontId).toBe('strings');
    expect(session.chosen?.name).toBe('Take B');
    expect(session.madeWith).toEqual([made('B')]);
    expect(session.saved).toBe(true);
  });

  it('goes on as a copy when another window saved it meanwhile', async () => {
    const { session, editor, elsewhere, onConflict } = setup();
    await session.create('Evening', piece(60));
    elsewhere();
    editor.apply('Draw', piece(70));
    await session.saveNow();
    expect(onConflict).toHaveBeenCalledWith('Evening');
    expect(session.record).toMatchObject({ id: copyId, name: 'Evening (copy)' });
    expect(session.saved).toBe(true);
  });

  it('keeps trying when saving fails, and says so once', async () => {
    const { session, editor, call, onError, saves } = setup();
    await session.create('Evening', piece(60));
    call.mockImplementationOnce(() => Promise.reject(new AppError('disk-full', 'No room.')));
    editor.apply('Draw', piece(70));
    session.changed();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(session.savingFails).toBe(true);
    expect(onError).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(saves).toHaveLength(1);
    expect(session.savingFails).toBe(false);
  });
});

describe('takes of a clip', () => {
  it('are shown as one undo step each', async () => {
    const { session, editor } = setup();
    await session.create('Evening', piece(60));
    await session.addTakes([take(62, 'A')], true);
    expect(pitchIn(editor)).toBe(62);
    expect(session.takes.map(({ name }) => name)).toEqual(['My version', 'Take A']);
    editor.undo();
    expect(pitchIn(editor)).toBe(60);
    expect(session.chosen?.name).toBe('My version');
    editor.redo();
    expect(session.chosen?.name).toBe('Take A');
    expect(session.edited).toBe(false);
  });

  it('never cost what was done by hand', async () => {
    const { session, editor } = setup();
    await session.create('Evening', emptyScore({ bars: 1, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null }));
    await session.addTakes([take(62, 'A'), take(64, 'B')], true);
    editor.apply('Move', piece(63));
    expect(session.edited).toBe(true);
    expect(session.chosen?.name).toBe('Take A');
    await session.flick(1);
    expect(session.takes.map(({ name }) => name)).toEqual(['Take A', 'Take A, edited', 'Take B']);
    expect(pitchIn(editor)).toBe(64);
    const [, own] = session.takes;
    await session.show(own?.id ?? '');
    expect(pitchIn(editor)).toBe(63);
    expect(session.madeWith).toEqual([made('A')]);
  });

  it('that are deleted make room for the next, and come back', async () => {
    const { session, editor } = setup();
    await session.create('Evening', emptyScore({ bars: 1, bpm: 96, metre: { numerator: 4, denominator: 4 }, key: null }));
    await session.addTakes([take(62, 'A'), take(64, 'B')], true);
    const [first] = session.takes;
    const undo = await session.removeTake(first?.id ?? '');
    expect(session.takes.map(({ name }) => name)).toEqual(['Take B']);
    expect(pitchIn(editor)).toBe(64);
    await session.flick(1);
    expect(session.takes).toHaveLength(1);
    undo();
    expect(session.takes.map(({ name }) => name)).toEqual(['Take A', 'Take B']);
  });

  it('know what they were made with', async () => {
    const { session } = setup();
    await session.create('Evening', piece(60));
    await session.addTakes([take(62, 'A')], true);
    await session.addTakes([{ ...take(64, 'B'), madeWith: session.madeWith }], true);
    expect(session.madeWith).toEqual([made('A'), made('B')]);
    await session.flick(-1);
    expect(session.madeWith).toEqual([made('A')]);
  });
});
