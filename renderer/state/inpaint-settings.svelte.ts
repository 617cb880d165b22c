/** What the Inpaint panel holds. Parameters, pack and number of results are the studio's settings; the rest is this window's. */
import { z } from 'zod';
import { seedSchema, type InpaintRequest } from '../../shared/domain/generation.ts';
import type { PackId } from '../../shared/domain/ids.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import { inpaintParamsSchema, type InpaintParams } from '../../shared/pipelines/inpaint.ts';
import { recall, remember } from './remembered.ts';
import { studioState } from './studio-state.svelte.ts';

const writeAfterMs = 400;
const rememberedSchema = z.object({ seed: seedSchema, seedLocked: z.boolean(), removeOnRelease: z.boolean() });

/** What undo brings back. */
export interface InpaintSettingsSnapshot {
  params: InpaintParams;
  packId: PackId | null;
  candidateCount: number;
  seed: number;
  seedLocked: boolean;
}

export class InpaintSettings {
  /** Called after each change the user made. */
  onEdit: ((label: string, before: InpaintSettingsSnapshot, after: InpaintSettingsSnapshot) => void) | null = null;
  /** Changes of this window that the studio has not confirmed yet. */
  #edited: Partial<Pick<InpaintSettingsSnapshot, 'params' | 'packId' | 'candidateCount'>> = $state.raw({});
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seed = $state(0);
  #seedLocked = $state(true);
  #removeOnRelease = $state(false);

  constructor() {
    const known = recall('inpaint', rememberedSchema);
    if (known === null) return;
    this.#seed = known.seed;
    this.#seedLocked = known.seedLocked;
    this.#removeOnRelease = known.removeOnRelease;
  }

  get params(): InpaintParams {
    return this.#edited.params ?? studioState.settings.inpaintParams;
  }

  get pack(): Pack | null {
    const { packId } = this.#edited;
    return studioState.packsFor('inpaint').find((pack) => pack.manifest.id === packId) ?? studioState.defaultPack('inpaint');
  }

  get candidateCount(): number {
    return this.#edited.candidateCount ?? studioState.settings.candidateCount;
  }

  get seed(): number {
    return this.#seed;
  }
  set seed(seed: number) {
    const valid = seedSchema.safeParse(seed).data;
    if (valid !== undefined) this.#change('Seed', { seed: valid });
  }

  /** Locked: every run uses this seed. Unlocked: every run draws a new one. */
  get seedLocked(): boolean {
    return this.#seedLocked;
  }
  set seedLocked(seedLocked: boolean) {
    this.#change('Seed lock', { seedLocked });
  }

  /** Lifting the pen runs the model at once and keeps the result. */
  get removeOnRelease(): boolean {
    return this.#removeOnRelease;
  }
  set removeOnRelease(on: boolean) {
    this.#removeOnRelease = on;
    this.#remember();
  }

  setParams(values: Record<string, unknown>): void {
    const parsed = inpaintParamsSchema.safeParse(values);
    if (parsed.success) this.#change('Parameters', { params: parsed.data });
  }

  reset(): void {
    this.#change('Default parameters', { params: inpaintParamsSchema.parse({}) });
  }

  choosePack(packId: PackId): void {
    this.#change('Model', { packId });
  }

  setCandidateCount(count: number): void {
    if (Number.isInteger(count) && count >= 1 && count <= 8) this.#change('Number of results', { candidateCount: count });
  }

  drawSeed(): void {
    this.#change('Seed', { seed: randomSeed() });
  }

  /** The first seed of a run that is about to start. */
  seedForRun(): number {
    // Not a change of the user's: the next run draws again anyway.
    if (!this.#seedLocked) this.#apply({ seed: randomSeed() });
    return this.#seed;
  }

  /** Takes over everything of a request. False when its pack is not here: then the chosen pack stays. */
  adopt({ params, seed, packId }: InpaintRequest): boolean {
    const here = studioState.packsFor('inpaint').some((pack) => pack.manifest.id === packId);
    this.#change('Settings of a result', { params, seed, seedLocked: true, ...(here ? { packId } : {}) });
    return here;
  }

  restore(snapshot: InpaintSettingsSnapshot): void {
    this.#apply(snapshot);
  }

  #snapshot(): InpaintSettingsSnapshot {
    const { params, candidateCount, seed, seedLocked } = this;
    return { params, candidateCount, seed, seedLocked, packId: this.pack?.manifest.id ?? null };
  }

  #change(label: string, change: Partial<InpaintSettingsSnapshot>): void {
    const before = this.#snapshot();
    this.#apply(change);
    const after = this.#snapshot();
    if (JSON.stringify(before) !== JSON.stringify(after)) this.onEdit?.(label, before, after);
  }

  #apply({ seed, seedLocked, ...ofStudio }: Partial<InpaintSettingsSnapshot>): void {
    if (seed !== undefined) this.#seed = seed;
    if (seedLocked !== undefined) this.#seedLocked = seedLocked;
    this.#remember();
    if (Object.keys(ofStudio).length === 0) return;
    this.#edited = { ...this.#edited, ...ofStudio };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), writeAfterMs);
  }

  #write(): void {
    const edited = this.#edited;
    const { params, candidateCount, packId } = edited;
    const patch = {
      ...(params === undefined ? {} : { inpaintParams: params }),
      ...(candidateCount === undefined ? {} : { candidateCount }),
      ...(packId == null ? {} : { packIds: { ...studioState.settings.packIds, inpaint: packId } }),
    };
    void studioState.updateSettings(patch).then(() => {
      if (this.#edited === edited) this.#edited = {};
    });
  }

  #remember(): void {
    remember('inpaint', { seed: this.#seed, seedLocked: this.#seedLocked, removeOnRelease: this.#removeOnRelease });
  }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
