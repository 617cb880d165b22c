/** The Sounds tab: what is set, what runs, and what was made, newest first. */
import { z } from 'zod';
import type { Generation, GenerationSummary } from '../../../shared/domain/generation.ts';
import { packIdSchema, type AssetHash, type GenerationId, type PackId } from '../../../shared/domain/ids.ts';
import { assetPath } from '../../../shared/domain/asset.ts';
import { isFinished, type Job } from '../../../shared/domain/job.ts';
import type { Pack } from '../../../shared/domain/pack.ts';
import type { CallInput } from '../../../shared/contract/calls.ts';
import { studio } from '../../api/studio.ts';
import { LiveRun } from '../live-run.svelte.ts';
import { recall, remember } from '../remembered.ts';
import { runOne } from '../run-one.ts';
import { randomSeed } from '../seed.ts';
import { studioState } from '../studio-state.svelte.ts';
import { player } from './player.svelte.ts';
import {
  audioConventionOf,
  audioRequest,
  audioSettingsSchema,
  packsThatMake,
  previewRequest,
  soundRequest,
  soundSettingsSchema,
  withEffect,
  type AudioSettings,
  type Makes,
  type SoundSettings,
} from './sound-requests.ts';

export const soundKinds = ['effects', 'music', 'speech'] as const;
export type SoundKind = (typeof soundKinds)[number];

const mostListed = 40;
const kindsOf = { effects: ['sound'], music: ['audio'], speech: ['audio'] } as const satisfies Record<SoundKind, readonly string[]>;

/** What was made, as the list shows it. */
export interface MadeSound {
  summary: GenerationSummary;
  /** Null until it was asked for. */
  audio: AssetHash | null;
}

class AudioMaker {
  readonly makes: Makes;
  #settings: AudioSettings = $state.raw(audioSettingsSchema.parse({}));
  #packId: PackId | null = $state(null);

  readonly packs: readonly Pack[] = $derived.by(() => packsThatMake(studioState.packs, this.makes));
  readonly pack: Pack | null = $derived(this.packs.find(({ manifest }) => manifest.id === this.#packId) ?? this.packs[0] ?? null);
  readonly convention = $derived(this.pack === null ? null : audioConventionOf(this.pack));

  constructor(makes: Makes) {
    this.makes = makes;
    this.#settings = recall(`music.${makes}`, audioSettingsSchema) ?? this.#settings;
    this.#packId = recall(`music.${makes}.pack`, packIdSchema);
  }

  get settings(): AudioSettings {
    return this.#settings;
  }

  set(change: Partial<AudioSettings>): void {
    this.#settings = audioSettingsSchema.parse({ ...this.#settings, ...change });
    remember(`music.${this.makes}`, this.#settings);
  }

  choosePack(id: PackId): void {
    this.#packId = id;
    remember(`music.${this.makes}.pack`, id);
  }
}

class SoundsTool {
  #kind: SoundKind = $state(recall('music.sounds', z.enum(soundKinds)) ?? 'effects');
  #settings: SoundSettings = $state.raw(recall('music.effect', soundSettingsSchema) ?? soundSettingsSchema.parse({}));
  readonly music = new AudioMaker('music');
  readonly speech = new AudioMaker('speech');
  readonly preview = new LiveRun();
  job: Job | null = $state.raw(null);
  made: readonly MadeSound[] = $state.raw([]);
  loaded = $state(false);
  #previewTimer: ReturnType<typeof setTimeout> | undefined;
  #starting = $state(false);
  #asked = 0;

  readonly effectsPack: Pack | null = $derived(studioState.defaultPack('sound'));
  readonly working: boolean = $derived(this.#starting || (this.job !== null && !isFinished(this.job.status.state)));

  get kind(): SoundKind {
    return this.#kind;
  }
  set kind(kind: SoundKind) {
    this.#kind = kind;
    remember('music.sounds', kind);
    this.made = [];
    this.loaded = false;
    void this.load();
  }

  get settings(): SoundSettings {
    return this.#settings;
  }

  /** @param heard a preview follows */
  set(change: Partial<SoundSettings>, heard = true): void {
    this.#settings = soundSettingsSchema.parse({ ...this.#settings, ...change });
    remember('music.effect', this.#settings);
    if (heard) this.#previewSoon();
  }

  chooseEffect(id: string): void {
    this.set(withEffect(this.#settings, id), false);
    void this.hear();
  }

  /** Runs and plays what is set, without keeping it. */
  async hear(): Promise<void> {
    const pack = this.effectsPack;
    if (pack === null) return;
    clearTimeout(this.#previewTimer);
    const request = previewRequest({ pack, backend: studioState.settings.backend }, this.#settings);
    const before = this.preview.result;
    await this.preview.ask({ slot: 'sound', request, maxSidePx: null });
    const address = this.preview.address('audio');
    if (this.preview.result !== before && address !== null) await player.playFile(address, 0);
  }

  readonly previewing: boolean = $derived.by(() => {
    const address = this.preview.address('audio');
    return address !== null && player.file?.url === address && player.file.playing;
  });

  stopPreview(): void {
    player.pauseFile();
  }

  /** A moment after the last move of a slider, while a preview is being heard or was the last thing heard. */
  #previewSoon(): void {
    clearTimeout(this.#previewTimer);
    const address = this.preview.address('audio');
    if (address === null || player.file?.url !== address) return;
    this.#previewTimer = setTimeout(() => void this.hear(), 180);
  }

  async makeEffect(): Promise<void> {
    const pack = this.effectsPack;
    if (pack === null) return;
    await this.#make(soundRequest({ pack, backend: studioState.settings.backend }, this.#settings));
    if (!this.#settings.seedLocked) this.set({ seed: randomSeed() }, false);
  }

  async makeAudio(makes: Makes): Promise<void> {
    const maker = this[makes];
    const { pack } = maker;
    if (pack === null || maker.settings.text.trim() === '') return;
    if (!maker.settings.seedLocked) maker.set({ seed: randomSeed() });
    await this.#make(audioRequest({ pack, backend: studioState.settings.backend }, maker.settings));
  }

  async #make(request: CallInput<'jobs.enqueue'>['requests'][number]): Promise<void> {
    if (this.working) return;
    this.#starting = true;
    try {
      const generation = await runOne(request, (job) => (this.job = job));
      const audio = audioOf(generation);
      await this.load();
      if (audio !== null) void player.playFile(assetPath(audio), 0);
    } catch (error) {
      studioState.fail(error);
    } finally {
      this.#starting = false;
      this.job = null;
    }
  }

  cancel(): void {
    if (this.job !== null) studio.call('jobs.cancel', { id: this.job.id }).catch((error: unknown) => studioState.fail(error));
  }

  /** What was made of this kind, from the history. */
  async load(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const kind = this.#kind;
    const packIds = kind === 'effects' ? [] : this[kind].packs.map(({ manifest }) => manifest.id);
    try {
      const filter = { kinds: [...kindsOf[kind]], statuses: ['succeeded' as const], packIds };
      // Without a pack of the kind, every sound of the history would be listed.
      const items =
        kind !== 'effects' && packIds.length === 0 ? [] : (await studio.call('history.list', { filter, limit: mostListed })).items;
      if (asked !== this.#asked) return;
      const known = new Map(this.made.map((sound) => [sound.summary.id, sound.audio]));
      this.made = items.map((summary) => ({ summary, audio: known.get(summary.id) ?? null }));
      this.loaded = true;
    } catch (error) {
      if (asked === this.#asked) studioState.fail(error);
    }
  }

  /** The sound's file; asked for once. */
  async audioOf(id: GenerationId): Promise<AssetHash | null> {
    const known = this.made.find(({ summary }) => summary.id === id)?.audio ?? null;
    if (known !== null) return known;
    const { generation } = await studio.call('history.get', { id });
    const audio = audioOf(generation);
    this.made = this.made.map((sound) => (sound.summary.id === id ? { ...sound, audio } : sound));
    return audio;
  }

  /** Takes up the settings of a past run. */
  restore({ request }: Generation): void {
    if (request.kind === 'sound') {
      this.kind = 'effects';
      this.set({ ...request.params, seed: request.seed, seedLocked: true }, false);
    } else if (request.kind === 'audio') {
      const makes: Makes = packsThatMake(studioState.packs, 'speech').some(({ manifest }) => manifest.id === request.packId)
        ? 'speech'
        : 'music';
      this.kind = makes;
      this[makes].set({ ...request.params, seed: request.seed, seedLocked: true });
      this[makes].choosePack(request.packId);
    }
  }
}

export const audioOf = ({ outputs }: Pick<Generation, 'outputs'>): AssetHash | null =>
  outputs.find(({ role }) => role === 'audio')?.hash ?? null;

export const soundsTool = new SoundsTool();
