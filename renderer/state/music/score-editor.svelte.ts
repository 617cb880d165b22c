/* eslint-disable svelte/prefer-svelte-reactivity -- selections and locks are replaced as a whole, never changed */
/**
 * The score that is open in the music room: what is chosen in it, every change the user's hand makes, and undo over all of
 * them. Scores are never changed in place, so whoever holds one keeps what it was.
 */
import { barsAfterDelete, barsAfterInsert, deleteBars, insertBars, keepBars, withRoomForNotes } from '../../../shared/music/bar-edits.ts';
import * as edits from '../../../shared/music/edits.ts';
import type { Selection } from '../../../shared/music/edits.ts';
import { noteClip, noteClipText, readNoteClip, type NoteClip } from '../../../shared/music/note-clip.ts';
import {
  barsOf,
  emptyScore,
  mostTracks,
  ticksOfBar,
  ticksPerQuarter,
  type Bar,
  type Instrument,
  type Key,
  type Metre,
  type Note,
  type Score,
  type Track,
} from '../../../shared/music/score.ts';
import { noSteps, redone, settled, undone, withStep, type UndoSteps } from './undo-steps.ts';

/** What undo goes back to. */
interface State {
  score: Score;
  lockedBars: ReadonlySet<number>;
  activeTrackId: string | null;
  selection: Selection;
}

export interface ApplyOptions {
  /** Changes in a row with the same key are one undo step, until {@link ScoreEditor.settle} or a change of selection. */
  mergeKey?: string;
  lockedBars?: ReadonlySet<number>;
  activeTrackId?: string | null;
}

/** What {@link ScoreEditor.updateTrack} may change. */
export type TrackPatch = Partial<Omit<Track, 'id' | 'notes'>>;

interface TrackEdit {
  track: Track;
  selection: Selection;
}

const none: Selection = new Set();
const blank = emptyScore({ bars: 8, bpm: 100, metre: { numerator: 4, denominator: 4 }, key: null });

/** "3 notes" */
const counted = (count: number): string => (count === 1 ? 'a note' : `${String(count)} notes`);

export class ScoreEditor {
  #now = $state.raw<State>({ score: blank, lockedBars: new Set(), activeTrackId: null, selection: none });
  #steps = $state.raw<UndoSteps<State>>(noSteps);
  #clip = $state.raw<NoteClip | null>(null);
  #revision = $state(0);
  #loads = $state(0);
  readonly #bars = $derived(barsOf(this.#now.score));

  get score(): Score {
    return this.#now.score;
  }
  get bars(): readonly Bar[] {
    return this.#bars;
  }
  get activeTrackId(): string | null {
    return this.#now.activeTrackId;
  }
  get activeTrack(): Track | null {
    return this.score.tracks.find(({ id }) => id === this.activeTrackId) ?? null;
  }
  /** Places of notes in the active track's list. */
  get selection(): Selection {
    return this.#now.selection;
  }
  get selectedNotes(): Note[] {
    return this.activeTrack?.notes.filter((_, index) => this.selection.has(index)) ?? [];
  }
  /** From the first selected start to the last end, in ticks; null when nothing is selected. */
  get selectionSpan(): { start: number; end: number } | null {
    const notes = this.selectedNotes;
    const first = notes[0];
    if (first === undefined) return null;
    return { start: first.start, end: notes.reduce((end, note) => Math.max(end, note.start + note.duration), 0) };
  }
  /** Bars that a model must leave as they are; the user's own hand may change them. */
  get lockedBars(): ReadonlySet<number> {
    return this.#now.lockedBars;
  }
  get canUndo(): boolean {
    return this.#steps.past.length > 0;
  }
  get canRedo(): boolean {
    return this.#steps.future.length > 0;
  }
  get undoLabel(): string | null {
    return this.#steps.past.at(-1)?.label ?? null;
  }
  get redoLabel(): string | null {
    return this.#steps.future.at(-1)?.label ?? null;
  }
  /** Rises with every change of the score or of the locks. */
  get revision(): number {
    return this.#revision;
  }
  /** Rises when another score is opened: whoever remembers places in the old one forgets them. */
  get loads(): number {
    return this.#loads;
  }
  /** Whether {@link paste} has something. */
  get hasClip(): boolean {
    return this.#clip !== null;
  }

  /** Opens a score: undo starts empty, the first track is active. */
  load(score: Score, options: { lockedBars?: Iterable<number> } = {}): void {
    this.#now = { score, lockedBars: new Set(options.lockedBars), activeTrackId: score.tracks[0]?.id ?? null, selection: none };
    this.#steps = noSteps;
    this.#revision += 1;
    this.#loads += 1;
  }

  /** A new version of the score, as one undo step. Without a selection nothing is selected afterwards. */
  apply(label: string, score: Score, selection: Selection = none, options: ApplyOptions = {}): void {
    const before = this.#now;
    const wanted = options.activeTrackId === undefined ? before.activeTrackId : options.activeTrackId;
    const active = score.tracks.find(({ id }) => id === wanted) ?? score.tracks[0];
    const count = active?.notes.length ?? 0;
    this.#now = {
      score,
      lockedBars: options.lockedBars ?? before.lockedBars,
      activeTrackId: active?.id ?? null,
      selection: active?.id === wanted ? new Set([...selection].filter((index) => index < count)) : none,
    };
    this.#steps = withStep(this.#steps, label, before, options.mergeKey ?? null);
    this.#revision += 1;
  }

  /** A model's new version: as {@link apply}, with the notes of locked bars as they were. */
  applyModel(label: string, score: Score): void {
    this.apply(label, keepBars(this.score, score, this.lockedBars));
  }

  undo(): void {
    this.#go(undone(this.#steps, this.#now));
  }
  redo(): void {
    this.#go(redone(this.#steps, this.#now));
  }
  #go(to: { state: State; steps: UndoSteps<State> } | null): void {
    if (to === null) return;
    this.#now = to.state;
    this.#steps = to.steps;
    this.#revision += 1;
  }

  /** Ends a row of changes that became one step (the slider was let go). */
  settle(): void {
    this.#steps = settled(this.#steps);
  }

  /** No undo step. */
  select(selection: Selection): void {
    this.#now = { ...this.#now, selection };
    this.settle();
  }
  selectAll(): void {
    this.select(new Set(this.activeTrack?.notes.keys()));
  }
  selectNone(): void {
    if (this.selection.size > 0) this.select(none);
  }
  setActiveTrack(id: string): void {
    if (id === this.activeTrackId || !this.score.tracks.some((track) => track.id === id)) return;
    this.#now = { ...this.#now, activeTrackId: id, selection: none };
    this.settle();
  }

  setLockedBars(bars: Iterable<number>): void {
    const lockedBars = new Set(bars);
    const label = lockedBars.size < this.lockedBars.size ? 'Unlock bars' : 'Lock bars';
    this.apply(label, this.score, this.selection, { lockedBars, mergeKey: 'lock-bars' });
  }

  /** What a tool made of the active track; the piece grows with notes beyond its end. */
  applyTrack(label: string, { track, selection }: TrackEdit, mergeKey?: string): void {
    const score = withRoomForNotes(edits.withTrack(this.score, track.id, () => track));
    this.apply(label, score, selection, mergeKey === undefined ? {} : { mergeKey });
  }

  /** The selection, or all notes of the active track when nothing is selected. */
  #edit(verb: string, change: (track: Track, selection: Selection) => TrackEdit, mergeKey?: string): void {
    const track = this.activeTrack;
    if (track === null || track.notes.length === 0) return;
    const chosen = this.selection.size > 0 ? this.selection : new Set(track.notes.keys());
    const { track: next, selection } = change(track, chosen);
    const label = `${verb} ${counted(chosen.size)}`;
    this.applyTrack(label, { track: next, selection: this.selection.size > 0 ? selection : none }, mergeKey);
  }
  #editSelected(verb: string, change: (track: Track, selection: Selection) => TrackEdit, mergeKey?: string): void {
    if (this.selection.size > 0) this.#edit(verb, change, mergeKey);
  }

  /** One more note in the active track; it is then the selection. */
  addNote(note: Note): void {
    const track = this.activeTrack;
    if (track === null) return;
    const { track: next, selection } = edits.addNotes(track, [note]);
    this.applyTrack('Add a note', edits.makeWay(next, selection));
  }
  deleteSelection(): void {
    this.#editSelected('Delete', (track, selection) => ({ track: edits.deleteNotes(track, selection), selection: none }));
  }
  moveSelection(by: { ticks: number; semitones: number }): void {
    this.#editSelected('Move', (track, selection) => edits.moveNotes(track, selection, by), 'move');
  }
  resizeSelection(byTicks: number): void {
    this.#editSelected('Resize', (track, selection) => edits.resizeNotes(track, selection, byTicks), 'resize');
  }
  /** Copies the selection to right after it: its length is counted in whole beats, so that the copy keeps its place in the bar. */
  duplicate(): void {
    const span = this.selectionSpan;
    if (span === null) return;
    const bar = this.bars.findLast(({ start }) => start <= span.start);
    const beat = bar === undefined ? ticksPerQuarter : (4 * ticksPerQuarter) / bar.metre.denominator;
    const by = Math.max(1, Math.ceil((span.end - span.start) / beat)) * beat;
    const copies = this.selectedNotes.map((note) => ({ ...note, start: note.start + by }));
    this.#editSelected('Duplicate', (track) => {
      const { track: next, selection } = edits.addNotes(track, copies);
      return edits.makeWay(next, selection);
    });
  }

  /** The selection as text for the system's clipboard; null when nothing is selected. */
  copy(): string | null {
    const clip = noteClip(this.selectedNotes);
    if (clip === null) return null;
    this.#clip = clip;
    return noteClipText(clip);
  }
  cut(): string | null {
    const text = this.copy();
    this.#editSelected('Cut', (track, selection) => ({ track: edits.deleteNotes(track, selection), selection: none }));
    return text;
  }
  /**
   * Puts notes in at a tick, into the active track.
   * @param text of the system's clipboard: what was copied last here is taken when it is something else
   * @returns whether there was something to paste
   */
  paste(atTick: number, text = ''): boolean {
    const clip = readNoteClip(text) ?? this.#clip;
    const track = this.activeTrack;
    if (clip === null || track === null) return false;
    const { track: next, selection } = edits.pasteNotes(track, clip.notes, atTick);
    this.applyTrack(`Paste ${counted(clip.notes.length)}`, edits.makeWay(next, selection));
    return true;
  }

  /** As `quantise` of shared/music/edits.ts: strength and swing 0..1. */
  quantise(gridTicks: number, strength = 1, swing = 0): void {
    this.#edit('Quantise', (track, selection) => edits.quantise(track, selection, gridTicks, strength, swing));
  }
  transpose(semitones: number): void {
    this.#edit('Transpose', (track, selection) => edits.transpose(track, selection, semitones), 'transpose');
  }
  /** All melodic tracks and the key signatures. */
  transposePiece(semitones: number): void {
    this.apply('Transpose the piece', edits.transposeScore(this.score, semitones), this.selection, { mergeKey: 'transpose-piece' });
  }
  /** @param velocity 1..127, or what becomes of each note's */
  setVelocity(velocity: number | ((note: Note) => number)): void {
    const of = typeof velocity === 'number' ? (): number => velocity : velocity;
    this.#edit('Velocity of', (track, selection) => edits.setVelocity(track, selection, of), 'velocity');
  }
  legato(): void {
    this.#edit('Legato for', edits.legato);
  }
  splitSelection(atTick: number): void {
    this.#editSelected('Split', (track, selection) => edits.splitNotes(track, selection, atTick));
  }
  joinSelection(): void {
    this.#editSelected('Join', edits.joinNotes);
  }

  /** The new track's id, which is then active; null when the score has as many as it can. */
  addTrack(instrument: Instrument, name: string): string | null {
    const { tracks } = this.score;
    if (tracks.length >= mostTracks) return null;
    let number = tracks.length + 1;
    while (tracks.some((track) => track.id === `track-${String(number)}`)) number += 1;
    const id = `track-${String(number)}`;
    const track: Track = { id, name, instrument, notes: [], volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2 };
    this.apply(`Add ${name}`, { ...this.score, tracks: [...tracks, track] }, none, { activeTrackId: id });
    return id;
  }
  removeTrack(id: string): void {
    const index = this.score.tracks.findIndex((track) => track.id === id);
    const removed = this.score.tracks[index];
    if (removed === undefined) return;
    const tracks = this.score.tracks.toSpliced(index, 1);
    const neighbour = tracks[Math.min(index, tracks.length - 1)]?.id ?? null;
    const stays = id !== this.activeTrackId;
    this.apply(`Remove ${removed.name}`, { ...this.score, tracks }, stays ? this.selection : none, {
      activeTrackId: stays ? this.activeTrackId : neighbour,
    });
  }
  /** Sliders may call it for every step: changes of the same fields of a track in a row are one undo step. */
  updateTrack(id: string, patch: TrackPatch): void {
    const track = this.score.tracks.find((one) => one.id === id);
    if (track === undefined) return;
    const score = edits.withTrack(this.score, id, (one) => ({ ...one, ...patch }));
    this.apply(`Change ${track.name}`, score, this.selection, { mergeKey: `track ${id} ${Object.keys(patch).join()}` });
  }
  /** @param toIndex its place in the list afterwards */
  moveTrack(id: string, toIndex: number): void {
    const from = this.score.tracks.findIndex((track) => track.id === id);
    const track = this.score.tracks[from];
    if (track === undefined || from === toIndex) return;
    const tracks = this.score.tracks.toSpliced(from, 1).toSpliced(toIndex, 0, track);
    this.apply(`Move ${track.name}`, { ...this.score, tracks }, this.selection);
  }

  /** Changes the tempo that holds at a tick. */
  setTempo(bpm: number, atTick = 0): void {
    const tempos = changedAt(this.score.tempos, atTick, (tempo) => ({ ...tempo, bpm }));
    this.apply('Change the tempo', { ...this.score, tempos }, this.selection, { mergeKey: 'tempo' });
  }
  /** Changes the key signature that holds at a tick; null takes all signatures away. The notes stay. */
  setKey(key: Omit<Key, 'tick'> | null, atTick = 0): void {
    const { keys } = this.score;
    const next = key === null ? [] : keys.length === 0 ? [{ tick: 0, ...key }] : changedAt(keys, atTick, ({ tick }) => ({ tick, ...key }));
    this.apply('Change the key', { ...this.score, keys: next }, this.selection);
  }
  /** Changes the metre that holds at a tick. The notes stay; bars are counted anew, the last one whole. */
  setMetre(metre: Omit<Metre, 'tick'>, atTick = 0): void {
    const metres = changedAt(this.score.metres, atTick, ({ tick }) => ({ tick, ...metre }));
    const last = metres.at(-1);
    if (last === undefined) return;
    const bar = ticksOfBar(last);
    const lengthTicks = last.tick + Math.ceil((this.score.lengthTicks - last.tick) / bar) * bar;
    const score = { ...this.score, metres, lengthTicks };
    const locked = this.bars.filter(({ index }) => this.lockedBars.has(index));
    const within = ({ start, end }: Bar): boolean => locked.some((old) => start < old.end && end > old.start);
    const lockedBars = new Set(barsOf(score).flatMap((one) => (within(one) ? [one.index] : [])));
    this.apply('Change the metre', score, this.selection, { lockedBars });
  }

  /** Empty bars before bar `at` (from 0; the number of bars: at the end). */
  insertBars(at: number, count: number): void {
    const lockedBars = barsAfterInsert(this.lockedBars, at, count);
    this.apply(count === 1 ? 'Insert a bar' : 'Insert bars', insertBars(this.score, at, count), this.selection, { lockedBars });
  }
  deleteBars(first: number, count: number): void {
    const lockedBars = barsAfterDelete(this.lockedBars, first, count);
    this.apply(count === 1 ? 'Delete a bar' : 'Delete bars', deleteBars(this.score, first, count), none, { lockedBars });
  }
}

/** Changes the last item at or before a tick. */
function changedAt<Item extends { tick: number }>(items: readonly Item[], tick: number, change: (item: Item) => Item): Item[] {
  const holds = Math.max(
    0,
    items.findLastIndex((item) => item.tick <= tick),
  );
  return items.map((item, index) => (index === holds ? change(item) : item));
}

export const scoreEditor = new ScoreEditor();
