/**
 * Live painting: while the user paints, the model makes the picture again from what is on the canvas, always with the same seed, so
 * that it changes only where the canvas does. For the eye only: nothing is queued or kept until it is applied.
 */
import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { uploadPixels } from '../api/pixels.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { AssetHash, PackId } from '../../shared/domain/ids.ts';
import { isClear, onWhite, shrunk } from './canvas-generate-input.ts';
import { workingSize } from './canvas-generate-request.ts';
import { fittedPicture } from './fitted-picture.ts';
import { LiveRun } from './live-run.svelte.ts';
import { studioState } from './studio-state.svelte.ts';
import { workspace } from './workspace.svelte.ts';

/** A run that takes longer does not follow a brush. */
const longestLiveMs = 3000;
const waitMs = 120;
/** So many runs in a row tell how quick a model is here. */
const measuredRuns = 3;
/** The engine's small flattened picture has this side at most. */
const longestSentPx = 512;

class CanvasLive {
  readonly #live = new LiveRun();
  #on = $state(false);
  overlaid = $state(true);
  /** Of the overlay, 0..1. */
  opacity = $state(0.85);
  /** How far from the canvas: a panel of its own, since a mask's strength is another thing. */
  strength = $state(0.6);
  /** Times of the latest runs, by pack, newest last; the very first, which loads the model, is left out when it is slow. */
  readonly #timesMs = new SvelteMap<PackId, readonly number[]>();
  #regionHashes = new WeakMap<Uint8Array, AssetHash>();
  #stop: (() => void) | null = null;
  /** Rises with each request: an upload that was overtaken sends nothing. */
  #asked = 0;

  /** What the picture depends on: another array whenever one of these changes. */
  readonly #subject: readonly unknown[] = $derived.by(() => {
    const { generating, view } = workspace;
    const { prompt, negativePrompt, values, seed, pack, regions } = generating;
    return [view.changeCount, view.canvas, prompt, negativePrompt, values, seed, pack, regions.items, this.strength];
  });
  readonly address: string | null = $derived(this.#on ? this.#live.address() : null);
  readonly busy: boolean = $derived(this.#on && this.#live.running);
  readonly measuredMs: number | null = $derived.by(() => {
    const { pack } = workspace.generating;
    const times = pack === null ? [] : (this.#timesMs.get(pack.manifest.id) ?? []);
    // One slow run among quick ones is the machine's, not the model's.
    return times.length === 0 ? null : Math.min(...times);
  });
  /** All of the latest runs took too long. */
  readonly tooSlow: boolean = $derived.by(() => {
    const { pack } = workspace.generating;
    const times = pack === null ? [] : (this.#timesMs.get(pack.manifest.id) ?? []);
    return times.length >= measuredRuns && times.every((ms) => ms > longestLiveMs);
  });
  /** Why it is not offered; null when it is, also while nobody knows how long a run takes. */
  readonly refusal: string | null = $derived.by(() => {
    const { pack, seesCanvas } = workspace.generating;
    if (pack === null) return 'It needs a model that makes pictures from words.';
    if (!seesCanvas) return `${pack.manifest.name} cannot start from a picture.`;
    if (this.tooSlow && this.measuredMs !== null) {
      const seconds = (this.measuredMs / 1000).toFixed(1);
      return `A picture takes ${seconds} s with these settings on this machine; up to ${String(longestLiveMs / 1000)} s would follow a brush. Fewer steps or a smaller model help.`;
    }
    return null;
  });

  get on(): boolean {
    return this.#on;
  }
  set on(on: boolean) {
    if (on === this.#on) return;
    this.#on = on;
    this.#stop?.();
    this.#stop = null;
    this.#live.clear();
    if (on) this.#stop = $effect.root(() => this.#follow());
  }

  /** Measured again: steps or the size may have changed. */
  tryAgain(): void {
    this.#timesMs.clear();
    this.on = true;
  }

  /** The shown picture as a layer over everything, one undo step; then another seed, so that the next one is new. */
  async apply(): Promise<void> {
    const { address } = this;
    const { canvas } = workspace.engine.view;
    if (address === null || canvas === null) return;
    const response = await fetch(address);
    if (!response.ok) throw new AppError('not-found', 'The live picture is gone already.', { action: 'Wait for the next one.' });
    const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
    const image = await fittedPicture(bitmap, canvas);
    const { generating } = workspace;
    const name = generating.prompt.trim().slice(0, 60);
    workspace.engine.addLayer({ name: name === '' ? 'Live painting' : name, image, bounds: { x: 0, y: 0, ...canvas } });
    if (!generating.seedLocked) generating.seedForRun();
  }

  #follow(): void {
    $effect(() => {
      const depends = this.#subject;
      const timer = setTimeout(
        () =>
          untrack(() => {
            if (depends.length > 0) void this.#ask();
          }),
        waitMs,
      );
      return () => clearTimeout(timer);
    });
    $effect(() => {
      if (workspace.document === null) this.on = false;
    });
  }

  async #ask(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const input = await this.#input();
      if (input === null || asked !== this.#asked || !this.#on) return;
      await this.#live.ask(input);
      if (asked === this.#asked) this.#measure(input.request.packId as PackId);
    } catch (error) {
      studioState.fail(error);
      this.on = false;
    }
  }

  #measure(packId: PackId): void {
    const { result } = this.#live;
    if (result === null || !this.#on) return;
    const known = this.#timesMs.get(packId);
    // The first run also loads the model: it says nothing when it is slow, and the next one does.
    const times = known === undefined && result.totalMs > longestLiveMs ? [] : [...(known ?? []), result.totalMs].slice(-measuredRuns);
    this.#timesMs.set(packId, times);
    if (this.tooSlow) this.on = false;
    else if (times.length < measuredRuns && result.totalMs > longestLiveMs) void this.#ask();
  }

  async #input(): Promise<CallInput<'live.run'> | null> {
    const { generating, engine } = workspace;
    const { pack, convention } = generating;
    const { canvas } = engine.view;
    const small = engine.documentThumbnail();
    if (pack === null || convention === null || canvas === null || small === null) return null;
    const size = workingSize(canvas, convention);
    const longest = Math.min(longestSentPx, Math.max(size.width, size.height));
    const empty = isClear(small);
    const image = empty ? null : await uploadPixels(onWhite(shrunk(small, longest)));
    const regions = generating.regions.usable(canvas);
    const masks = await Promise.all(regions.map(({ mask }) => this.#regionMask(mask.data, () => uploadPixels(shrunk(mask, longest)))));
    const [region1, region2, region3, region4] = masks;
    return {
      slot: 'diffusion',
      maxSidePx: null,
      request: {
        kind: 'diffusion',
        projectId: null,
        packId: pack.manifest.id,
        seed: generating.seed,
        backend: studioState.settings.backend,
        placement: null,
        parentId: null,
        title: '',
        inputs: {
          ...(image === null ? {} : { image }),
          ...(region1 === undefined ? {} : { region1 }),
          ...(region2 === undefined ? {} : { region2 }),
          ...(region3 === undefined ? {} : { region3 }),
          ...(region4 === undefined ? {} : { region4 }),
        },
        params: { ...generating.paramsFor(canvas), ...size, strength: this.strength },
      },
    };
  }

  /** Masks do not change: each is uploaded once. */
  async #regionMask(data: Uint8Array, make: () => Promise<AssetHash>): Promise<AssetHash> {
    const known = this.#regionHashes.get(data);
    if (known !== undefined) return known;
    const hash = await make();
    this.#regionHashes.set(data, hash);
    return hash;
  }
}

export const canvasLive = new CanvasLive();
