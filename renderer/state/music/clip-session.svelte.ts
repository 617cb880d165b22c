/* eslint-disable svelte/prefer-svelte-reactivity -- lineages are looked up, never followed; a selection is replaced as a whole */
/**
 * The open clip: its name, its takes, and keeping all of it. The score itself is the editor's; this knows which take it is,
 * saves it within two seconds, and never lets the user's own work go when another take is shown.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Transport } from '../../../shared/contract/transport.ts';
import { clipStateSchema, type ClipRecord, type ClipState, type ClipTake } from '../../../shared/domain/clip.ts';
import type { AssetHash, ClipId, GenerationId, ProjectId } from '../../../shared/domain/ids.ts';
import type { Score } from '../../../shared/music/score.ts';
import { createAutosave, type Autosave } from '../autosave.ts';
import type { ScoreStore } from './score-store.ts';
import { keptTakes, takeBeside, withGeneration, withName, withoutTake, withTake } from './takes.ts';
import type { Span } from './regions.ts';

/** What of the score editor a clip needs. */
export interface ClipEditor {
  readonly score: Score;
  /** Rises with every change of the score or of the locks. */
  readonly revision: number;
  readonly lockedBars: ReadonlySet<number>;
  load(score: Score, options?: { lockedBars?: Iterable<number> }): void;
  apply(label: string, score: Score, selection?: ReadonlySet<number>, options?: { mergeKey?: string }): void;
}

export interface ClipSessionOptions {
  studio: Pick<Transport, 'call'>;
  scores: ScoreStore;
  editor: ClipEditor;
  /** A picture of a score for the lists of clips. Failing costs no save. */
  picture: (score: Score) => Promise<AssetHash | null>;
  newId: () => string;
  onError: (error: unknown) => void;
  onConflict: (name: string) => void;
  /** Another clip is open now, or none. */
  onOpened: (record: ClipRecord | null) => void;
}

export interface NewTake {
  name: string;
  score: Score;
  generationId: GenerationId | null;
  /** The generations that went into it, without its own. */
  madeWith: readonly GenerationId[];
}

const isEmpty = ({ tracks }: Score): boolean => tracks.every(({ notes }) => notes.length === 0);

export class ClipSession {
  readonly #options: ClipSessionOptions;
  #record: ClipRecord | null = $state.raw(null);
  #takes: readonly ClipTake[] = $state.raw([]);
  /** The take that was shown last; what stands in the roll may have been changed since. */
  #chosen: string | null = $state(null);
  #loop: Span | null = $state.raw(null);
  #soundFontId: string | null = $state(null);
  /** Rises with changes outside the score, and when a score turned out to be stored. */
  #changes = $state(0);
  #saved = $state.raw({ revision: 0, changes: 0 });
  #stored = $state(0);
  #failing = $state(false);
  #opening = $state(false);
  /** Of what stands in the roll, oldest first. */
  #madeWith: readonly GenerationId[] = [];
  readonly #lineages = new Map<string, readonly GenerationId[]>();
  #autosave: Autosave | null = null;
  /** Openings and changes of takes, one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ClipSessionOptions) {
    this.#options = options;
  }

  /** Null when no clip is open. */
  get record(): ClipRecord | null {
    return this.#record;
  }
  get opening(): boolean {
    return this.#opening;
  }
  get takes(): readonly ClipTake[] {
    return this.#takes;
  }
  /** The take whose score stands in the roll, or that it was changed from. */
  get chosen(): ClipTake | null {
    return this.#shown ?? this.#takes.find(({ id }) => id === this.#chosen) ?? null;
  }
  /** The roll holds something that no take holds. */
  get edited(): boolean {
    return this.#shown === null && !isEmpty(this.#options.editor.score);
  }
  readonly #shown: ClipTake | null = $derived.by(() => {
    const hash = this.#stored < 0 ? null : this.#options.scores.hashOf(this.#options.editor.score);
    const same = this.#takes.filter(({ score }) => score === hash);
    return same.find(({ id }) => id === this.#chosen) ?? same[0] ?? null;
  });
  get loop(): Span | null {
    return this.#loop;
  }
  get soundFontId(): string | null {
    return this.#soundFontId;
  }
  /** Everything so far is in the library. */
  readonly saved: boolean = $derived.by(
    () => this.#record === null || (this.#saved.revision === this.#options.editor.revision && this.#saved.changes === this.#changes),
  );
  /** The last attempt to save failed. */
  get savingFails(): boolean {
    return this.#failing;
  }
  /** The generations that went into what stands in the roll, newest last. */
  get madeWith(): readonly GenerationId[] {
    const shown = this.#shown;
    return shown === null ? this.#madeWith : this.#lineageOf(shown);
  }

  // ---- opening and closing ----

  async create(
    name: string,
    score: Score,
    projectId: ProjectId | null = null,
    take: Omit<NewTake, 'score' | 'madeWith'> | null = null,
  ): Promise<void> {
    await this.#inTurn(async () => {
      await this.#leave();
      const hash = await this.#options.scores.put(score);
      const id = this.#options.newId();
      const takes = take === null ? [] : [{ id, name: take.name, score: hash, generationId: take.generationId }];
      const madeWith = take?.generationId == null ? [] : [take.generationId];
      const state = clipStateSchema.parse({ score: hash, takes, madeWith, chosenTake: take === null ? null : id });
      this.#adopt(
        await this.#options.studio.call('clips.create', { projectId, name: name.trim().slice(0, 200) || 'Untitled', state }),
        score,
      );
    });
  }

  /** @throws AppError not-found */
  async open(id: ClipId): Promise<void> {
    if (this.#record?.id === id) return;
    await this.#inTurn(async () => {
      await this.#leave();
      const record = await this.#options.studio.call('clips.get', { id });
      this.#adopt(record, await this.#options.scores.get(record.state.score));
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#leave());
    this.#options.onOpened(null);
  }

  async rename(name: string): Promise<void> {
    const wanted = name.trim().slice(0, 200);
    if (this.#record === null || wanted === '' || wanted === this.#record.name) return;
    // The save that may be under way must not bring the old record back.
    await this.saveNow();
    const renamed = await this.#options.studio.call('clips.rename', { id: this.#record.id, name: wanted });
    if (this.#record.id === renamed.id) this.#record = renamed;
  }

  // ---- saving ----

  /** To be called when the editor's revision has risen. */
  changed(): void {
    if (this.#record !== null && !this.saved) this.#autosave?.changed();
  }

  /** Resolves when everything so far is in the library. */
  async saveNow(): Promise<void> {
    this.changed();
    await this.#autosave?.flush();
  }

  setLoop(loop: Span | null): void {
    if (loop?.start === this.#loop?.start && loop?.end === this.#loop?.end) return;
    this.#loop = loop === null ? null : { start: Math.round(loop.start), end: Math.round(loop.end) };
    this.#touch();
  }

  setSoundFont(id: string | null): void {
    if (id === this.#soundFontId) return;
    this.#soundFontId = id;
    this.#touch();
  }

  // ---- takes ----

  /** Shows a take in the roll, as one undo step; what stood there is kept as a take when none holds it. */
  async show(id: string): Promise<void> {
    await this.#inTurn(() => this.#show(id));
  }

  async flick(by: number): Promise<void> {
    await this.#inTurn(async () => {
      const next = takeBeside(this.#takes, this.chosen?.id ?? null, by);
      if (next !== null) await this.#show(next.id, 'flick');
    });
  }

  /** What stands in the roll as a take of its own. */
  async keep(): Promise<void> {
    await this.#inTurn(() => this.#keepOwn());
  }

  /** Adds takes at the end. @param show the first of them comes into the roll */
  async addTakes(added: readonly NewTake[], show: boolean): Promise<void> {
    if (added.length === 0) return;
    await this.#inTurn(async () => {
      if (show) await this.#keepOwn();
      let first: string | null = null;
      for (const { name, score, generationId, madeWith } of added) {
        const id = this.#options.newId();
        this.#takes = withTake(this.#takes, { id, name, score: await this.#options.scores.put(score), generationId });
        this.#lineages.set(id, generationId === null ? madeWith : withGeneration(madeWith, generationId));
        first ??= id;
      }
      this.#touch();
      if (show && first !== null) await this.#show(first);
    });
  }

  async renameTake(id: string, name: string): Promise<void> {
    await this.#inTurn(() => {
      this.#takes = withName(this.#takes, id, name);
      this.#touch();
      return Promise.resolve();
    });
  }

  /** The take beside it comes into the roll when it stood there. @returns what brings it back */
  async removeTake(id: string): Promise<() => void> {
    const before = this.#takes;
    const clip = this.#record?.id;
    await this.#inTurn(async () => {
      const beside = takeBeside(this.#takes, id, 1);
      if (this.#shown?.id === id && beside !== null && beside.id !== id) await this.#show(beside.id);
      this.#takes = withoutTake(this.#takes, id);
      this.#touch();
    });
    return () => {
      const at = before.findIndex((take) => take.id === id);
      const take = before[at];
      if (take === undefined || this.#record?.id !== clip || this.#takes.some((one) => one.id === id)) return;
      this.#takes = [...this.#takes.slice(0, at), take, ...this.#takes.slice(at)];
      this.#touch();
    };
  }

  /** Work on stored clips while none is being opened, left or changed. */
  async alone(work: () => Promise<void>): Promise<void> {
    await this.#inTurn(work);
  }

  /** The score of a take. */
  scoreOf(take: ClipTake): Promise<Score> {
    return this.#options.scores.get(take.score);
  }

  async #show(id: string, mergeKey?: string): Promise<void> {
    const { editor, scores } = this.#options;
    if (this.#shown?.id === id) return;
    const take = this.#takes.find((one) => one.id === id);
    if (take === undefined) return;
    const score = await scores.get(take.score);
    await this.#keepOwn();
    this.#chosen = id;
    this.#madeWith = this.#lineageOf(take);
    editor.apply(`Show ${take.name}`, score, new Set(), mergeKey === undefined ? {} : { mergeKey });
    this.#touch();
  }

  async #keepOwn(): Promise<void> {
    const { editor, scores, newId } = this.#options;
    const { score } = editor;
    if (this.#record === null || isEmpty(score) || this.#shown !== null) return;
    const hash = await scores.put(score);
    const { takes, kept } = keptTakes(this.#takes, { score: hash, chosen: this.#chosen, newId: newId() });
    this.#takes = takes;
    this.#lineages.set(kept, this.#madeWith);
    this.#chosen = kept;
    this.#stored += 1;
    this.#touch();
  }

  #lineageOf(take: ClipTake): readonly GenerationId[] {
    return this.#lineages.get(take.id) ?? (take.generationId === null ? [] : [take.generationId]);
  }

  // ---- the clip's life ----

  #touch(): void {
    this.#changes += 1;
    this.#autosave?.changed();
  }

  /** One piece of work at a time: each finds what the one before left. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined);
    await done;
  }

  async #leave(): Promise<void> {
    await this.saveNow();
    this.#autosave?.dispose();
    this.#autosave = null;
    this.#record = null;
    this.#takes = [];
    this.#chosen = null;
    this.#loop = null;
    this.#soundFontId = null;
    this.#madeWith = [];
    this.#lineages.clear();
  }

  #adopt(record: ClipRecord, score: Score): void {
    const { editor, onOpened } = this.#options;
    const { state } = record;
    this.#takes = state.takes;
    this.#chosen = state.chosenTake;
    this.#loop = state.loop;
    this.#soundFontId = state.soundFontId;
    this.#madeWith = state.madeWith;
    if (state.chosenTake !== null) this.#lineages.set(state.chosenTake, state.madeWith);
    editor.load(score, { lockedBars: state.lockedBars });
    this.#stored += 1;
    this.#failing = false;
    this.#saved = { revision: editor.revision, changes: this.#changes };
    this.#record = record;
    this.#autosave = createAutosave({ save: () => this.#save(), onError: (error) => this.#saveFailed(error) });
    onOpened(record);
  }

  async #save(): Promise<void> {
    const { editor, scores, studio, picture, onConflict } = this.#options;
    if (this.#record === null) return;
    const at = { revision: editor.revision, changes: this.#changes };
    const { score, lockedBars } = editor;
    const { id, revision, name, projectId } = this.#record;
    const hash = await scores.put(score);
    this.#stored += 1;
    const thumbnail = await picture(score).catch(() => null);
    const state: ClipState = {
      formatVersion: 1,
      score: hash,
      madeWith: [...this.madeWith],
      takes: [...this.#takes],
      chosenTake: this.chosen?.id ?? null,
      lockedBars: [...lockedBars].sort((a, b) => a - b),
      loop: this.#loop,
      soundFontId: this.#soundFontId,
    };
    let record: ClipRecord;
    try {
      record = await studio.call('clips.save', { id, baseRevision: revision, state, thumbnail });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
      // Another window saved this clip meanwhile: neither side's work is lost.
      record = await studio.call('clips.create', { projectId, name: `${name} (copy)`.slice(0, 200), state });
      onConflict(name);
      this.#options.onOpened(record);
    }
    this.#record = record;
    this.#saved = at;
    this.#failing = false;
  }

  #saveFailed(error: unknown): void {
    if (!this.#failing) this.#options.onError(error);
    this.#failing = true;
  }
}
