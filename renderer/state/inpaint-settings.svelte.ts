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

export class InpaintSettings {
  /** Changes of this window that the studio has not confirmed yet. */
  #edited: InpaintParams | null = $state.raw(null);
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
    return this.#edited ?? studioState.settings.inpaintParams;
  }

  get pack(): Pack | null {
    return studioState.defaultPack('inpaint');
  }

  get candidateCount(): number {
    return studioState.settings.candidateCount;
  }

  get seed(): number {
    return this.#seed;
  }
  set seed(seed: number) {
    this.#seed = seedSchema.safeParse(seed).data ?? this.#seed;
    this.#remember();
  }

  /** Locked: every run uses this seed. Unlocked: every run draws a new one. */
  get seedLocked(): boolean {
    return this.#seedLocked;
  }
  set seedLocked(locked: boolean) {
    this.#seedLocked = locked;
    this.#remember();
  }

  /** Lifting the pen runs the model at once and keeps the result. */
  get removeOnRelease(): boolean {
    return this.#removeOnRelease;
  }
  set removeOnRelease(on: boolean) {
    this.#removeOnRelease = on;
    this.#remember();
  }

  change(values: Record<string, unknown>): void {
    const parsed = inpaintParamsSchema.safeParse(values);
    if (parsed.success) this.#edit(parsed.data);
  }

  reset(): void {
    this.#edit(inpaintParamsSchema.parse({}));
  }

  choosePack(id: PackId): void {
    void studioState.updateSettings({ packIds: { ...studioState.settings.packIds, inpaint: id } });
  }

  setCandidateCount(count: number): void {
    if (Number.isInteger(count) && count >= 1 && count <= 8) void studioState.updateSettings({ candidateCount: count });
  }

  drawSeed(): void {
    this.seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  }

  /** The first seed of a run that is about to start. */
  seedForRun(): number {
    if (!this.#seedLocked) this.drawSeed();
    return this.#seed;
  }

  /** Takes over everything of a request. False when its pack is not here: then the chosen pack stays. */
  adopt(request: InpaintRequest): boolean {
    this.#edit(request.params);
    this.#seed = request.seed;
    this.#seedLocked = true;
    this.#remember();
    const here = studioState.packsFor('inpaint').some((pack) => pack.manifest.id === request.packId);
    if (here) this.choosePack(request.packId);
    return here;
  }

  #edit(params: InpaintParams): void {
    this.#edited = params;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void studioState.updateSettings({ inpaintParams: params }).then(() => {
        if (this.#edited === params) this.#edited = null;
      });
    }, writeAfterMs);
  }

  #remember(): void {
    remember('inpaint', { seed: this.#seed, seedLocked: this.#seedLocked, removeOnRelease: this.#removeOnRelease });
  }
}
