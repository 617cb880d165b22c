/** What the next run will need of this machine's memory, and what would need less. */
import { studio } from '../api/studio.ts';
import type { SystemMemory } from '../../shared/contract/calls/system-calls.ts';
import {
  isDiffusionManifest,
  memoryVerdict,
  predictDiffusionMemory,
  whatWouldFit,
  type MemoryOptions,
  type MemoryPrediction,
  type MemorySaving,
  type MemoryVerdict,
} from '../../shared/pipelines/diffusion-memory.ts';
import type { DiffusionParams } from '../../shared/pipelines/diffusion.ts';
import { generateTool } from './generate-tool.svelte.ts';
import { studioState } from './studio-state.svelte.ts';

const mostOffers = 4;

class GenerateMemory {
  #memory: SystemMemory | null = $state.raw(null);

  readonly totalBytes: number | null = $derived(this.#memory?.totalBytes ?? null);
  readonly #request = $derived(generateTool.oneRequest());
  readonly #options: MemoryOptions = $derived({
    sessionMemoryBytes: studioState.settings.sessionMemoryMiB * 2 ** 20,
    fromPicture: this.#request?.kind === 'diffusion' && this.#request.inputs.image !== undefined,
  });
  readonly #params: DiffusionParams | null = $derived(
    this.#request?.kind === 'diffusion' ? (this.#request.params as DiffusionParams) : null,
  );
  readonly prediction: MemoryPrediction | null = $derived.by(() => {
    const manifest = generateTool.pack?.manifest;
    if (manifest === undefined || !isDiffusionManifest(manifest) || this.#params === null) return null;
    return predictDiffusionMemory(manifest, this.#params, this.#options);
  });
  readonly verdict: MemoryVerdict = $derived(
    this.prediction === null || this.#memory === null ? 'fits' : memoryVerdict(this.prediction, this.#memory),
  );
  /** Only when it will not fit. */
  readonly offers: readonly MemorySaving[] = $derived.by(() => {
    const manifest = generateTool.pack?.manifest;
    if (this.verdict === 'fits' || this.verdict === 'tight' || this.#memory === null || this.#params === null) return [];
    if (manifest === undefined || !isDiffusionManifest(manifest)) return [];
    const others = studioState.packsFor('diffusion').map((pack) => pack.manifest);
    return whatWouldFit(manifest, this.#params, this.#options, this.#memory.availableBytes, others).slice(0, mostOffers);
  });

  /** Asks how much there is. */
  async look(): Promise<void> {
    try {
      const now = await studio.call('system.memory', undefined);
      // Models that are loaded already are counted as taken, yet a run of theirs takes no more: the best that was seen counts.
      this.#memory = { ...now, availableBytes: Math.max(now.availableBytes, this.#memory?.availableBytes ?? 0) };
    } catch {
      // Without an answer there is only the prediction.
    }
  }

  take({ params, packId }: MemorySaving): void {
    const tool = generateTool;
    const { width, height, guidanceRuns, vaeTiling, highResScale } = params;
    if (guidanceRuns !== undefined) tool.set('guidanceRuns', guidanceRuns);
    if (vaeTiling !== undefined) tool.set('vaeTiling', vaeTiling);
    if (highResScale !== undefined) tool.set('highResScale', highResScale);
    if (width !== undefined && height !== undefined) {
      tool.custom = { width, height };
      tool.aspect = 'custom';
    }
    if (packId !== null) tool.packId = packId;
  }
}

export const generateMemory = new GenerateMemory();
