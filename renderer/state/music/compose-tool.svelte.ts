/** The compose panel: what a model is asked to do, with what, and where in the piece. */
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import type { ClipId } from '../../../shared/domain/ids.ts';
import { emptyScore, type Score } from '../../../shared/music/score.ts';
import { keyName } from '../../../shared/music/harmony.ts';
import { scoreModeLabels, type ScoreMode, type ScoreParams, type ScoreStyle } from '../../../shared/pipelines/score.ts';
import { recall, remember } from '../remembered.ts';
import { randomSeed } from '../seed.ts';
import { studioState } from '../studio-state.svelte.ts';
import { composeRun } from './compose-run.svelte.ts';
import { clipSession, newClip, scores } from './open-clip.svelte.ts';
import { player } from './player.svelte.ts';
import { barsInWords, regionsToWrite, type RegionChoice, type Regions } from './regions.ts';
import {
  composeSettingsSchema,
  largestSeed,
  needsClip,
  paramsOf,
  scoreRequests,
  settingsOf,
  styleOf,
  type ComposeSettings,
  type Targets,
} from './requests.ts';
import { scoreEditor } from './score-editor.svelte.ts';

const modeSchema = z.enum(Object.keys(scoreModeLabels) as [ScoreMode, ...ScoreMode[]]);

export const styleLabels: Record<ScoreStyle, string> = { chorale: 'Chorale', song: 'Song with piano', drums: 'Drums' };

/** Bars of tracks, as the panel has them; null: all of them. */
export interface BarChoice {
  from: number;
  to: number;
  trackIds: readonly string[] | null;
}

/** Where a morph ends. */
export interface OtherClip {
  name: string;
  score: Score;
  clipId: ClipId | null;
}

class ComposeTool {
  #mode: ScoreMode = $state(recall('music.mode', modeSchema) ?? 'generate');
  #settings: ComposeSettings = $state.raw(recall('music.compose', composeSettingsSchema) ?? composeSettingsSchema.parse({}));
  /** `auto`: the selected notes when there are some, else bars. */
  where: 'auto' | 'notes' | 'bars' = $state('auto');
  bars: BarChoice | null = $state.raw(null);
  #melodyTrackId: string | null = $state(null);
  other: OtherClip | null = $state.raw(null);
  place: { x: number; y: number } = $state.raw({ x: 0, y: 0 });
  starting = $state(false);

  readonly pack = $derived(studioState.defaultPack('score'));
  readonly #score: Score = $derived(scoreEditor.score);
  readonly isEmpty: boolean = $derived(this.#score.tracks.every(({ notes }) => notes.length === 0));
  readonly mode: ScoreMode = $derived(this.isEmpty ? 'generate' : this.#mode);
  readonly style: ScoreStyle = $derived(styleOf(this.#score));
  /** The track that is accompanied: the one chosen, the active one, or the first with notes that is no drums. */
  readonly melodyTrackId: string | null = $derived.by(() => {
    const melodic = this.#score.tracks.filter(({ notes, instrument }) => notes.length > 0 && instrument.kind === 'melodic');
    const wanted = [this.#melodyTrackId, scoreEditor.activeTrackId];
    return (melodic.find(({ id }) => id === wanted[0]) ?? melodic.find(({ id }) => id === wanted[1]) ?? melodic[0])?.id ?? null;
  });
  /** Whether selected notes are acted on. */
  readonly actsOnNotes: boolean = $derived(this.where === 'notes' || (this.where === 'auto' && scoreEditor.selection.size > 0));
  /** The chosen bars, within the piece. */
  readonly barRange: BarChoice = $derived.by(() => {
    const last = Math.max(0, scoreEditor.bars.length - 1);
    if (this.bars !== null) return { ...this.bars, from: Math.min(this.bars.from, last), to: Math.min(this.bars.to, last) };
    const { loop } = player;
    const inLoop = loop === null ? [] : scoreEditor.bars.filter(({ start, end }) => start < loop.end && end > loop.start);
    return { from: inLoop[0]?.index ?? 0, to: inLoop.at(-1)?.index ?? last, trackIds: null };
  });
  readonly regions: Regions = $derived(regionsToWrite(this.#score, this.#choice(), scoreEditor.lockedBars));
  /** Why Generate cannot be pressed; null: it can. */
  readonly blocked: string | null = $derived.by(() => {
    if (studioState.info === null) return null;
    if (this.pack === null) return 'Kiln’s own score model is missing from this installation.';
    if (clipSession.opening) return 'The clip is being opened.';
    if (needsClip(this.mode) && this.isEmpty) return 'There are no notes yet: write a new piece, or draw some.';
    if (['fill', 'vary', 'map'].includes(this.mode)) {
      if (this.regions.state === 'all-locked') return `All of it is locked: ${barsInWords(this.regions.locked)}.`;
      if (this.regions.state === 'nothing-chosen')
        return this.actsOnNotes ? 'Select notes in the roll first.' : 'Choose at least one track.';
    }
    if (this.mode === 'accompany' && this.melodyTrackId === null) return 'There is no melody to go with: draw or import one.';
    if (this.mode === 'morph' && this.other === null) return 'Choose the clip it should turn into.';
    if (this.mode === 'humanise' && !this.#score.tracks.some(({ instrument }) => instrument.kind === 'drums')) {
      return 'There is no drum track: humanising is for drums.';
    }
    return null;
  });

  get settings(): ComposeSettings {
    return this.#settings;
  }

  set(change: Partial<ComposeSettings>): void {
    this.#settings = composeSettingsSchema.parse({ ...this.#settings, ...change });
    remember('music.compose', this.#settings);
  }

  setMode(mode: ScoreMode): void {
    this.#mode = mode;
    remember('music.mode', mode);
  }

  setMelodyTrack(id: string): void {
    this.#melodyTrackId = id;
  }

  /** Another clip has come: what pointed into the old one is forgotten. */
  forgetPlaces(): void {
    this.where = 'auto';
    this.bars = null;
    this.#melodyTrackId = null;
    this.place = { x: 0, y: 0 };
    composeRun.morph = null;
  }

  /** Takes up the settings of a past run, its seed kept. */
  restore(params: ScoreParams, seed: number): void {
    this.set({ ...settingsOf(params), seed, seedLocked: true });
    this.setMode(params.mode);
  }

  /** A clip with a new piece in it, from nothing. @param change what differs from the panel's settings */
  async writeNew(change: Partial<ComposeSettings> = {}): Promise<void> {
    this.set(change);
    this.setMode('generate');
    const { key, style, bars, bpm, metre } = this.#settings;
    const name = key === null ? styleLabels[style] : `${styleLabels[style]} in ${keyName(key)}`;
    await this.#run(async () => {
      await newClip(name, emptyScore({ bars, bpm, metre, key }));
      await this.#ask();
    });
  }

  /** What the button says: sends the request. */
  async generate(): Promise<void> {
    if (this.blocked !== null || this.starting) return;
    if (clipSession.record === null) await this.writeNew();
    else await this.#run(() => this.#ask());
  }

  /** For the map: what its place gives, to be asked live. Null when nothing can be asked. */
  async liveRequest(): Promise<ReturnType<typeof scoreRequests>[number] | null> {
    if (this.pack === null || this.isEmpty || this.regions.state !== 'some') return null;
    const params = paramsOf('map', this.#settings, this.#targets());
    const score = await scores.put(this.#score);
    return scoreRequests(this.#base(this.pack), params, { score }, { seed: this.#settings.seed, count: 1 })[0] ?? null;
  }

  #choice(): RegionChoice {
    if (this.mode === 'map') return { kind: 'all' };
    if (this.actsOnNotes) {
      return { kind: 'notes', trackId: scoreEditor.activeTrackId ?? '', selection: scoreEditor.selection };
    }
    const { from, to, trackIds } = this.barRange;
    return { kind: 'bars', from, to, trackIds: trackIds ?? this.#score.tracks.map(({ id }) => id) };
  }

  #targets(): Targets {
    const { regions } = this;
    return {
      regions: regions.state === 'some' ? regions.regions : [],
      melodyTrackId: this.melodyTrackId,
      style: this.style,
      place: this.place,
    };
  }

  #base(pack: NonNullable<ComposeTool['pack']>) {
    const clip = clipSession.record;
    return {
      projectId: clip?.projectId ?? null,
      packId: pack.manifest.id,
      backend: studioState.settings.backend,
      parentId: clipSession.madeWith.at(-1) ?? null,
      title: clip?.name ?? '',
    };
  }

  async #run(work: () => Promise<void>): Promise<void> {
    this.starting = true;
    try {
      await work();
    } catch (error) {
      studioState.fail(error);
    } finally {
      this.starting = false;
    }
  }

  async #ask(): Promise<void> {
    const { pack, mode } = this;
    if (pack === null) {
      throw new AppError('pack-missing', 'Kiln’s own score model is missing from this installation.', { action: 'Install Kiln anew.' });
    }
    if (!this.#settings.seedLocked && mode !== 'map') this.set({ seed: randomSeed() });
    const params = paramsOf(mode, this.#settings, this.#targets());
    const score = needsClip(mode) ? await scores.put(this.#score) : null;
    const other = mode === 'morph' && this.other !== null ? await scores.put(this.other.score) : null;
    const { seed, takes } = this.#settings;
    await composeRun.start(scoreRequests(this.#base(pack), params, { score, other }, { seed: Math.min(seed, largestSeed), count: takes }));
  }
}

export const composeTool = new ComposeTool();
