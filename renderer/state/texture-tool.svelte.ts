/** The texture room's state: where on the map, what is shown, what was made. */
import { LiveRun } from './live-run.svelte.ts';
import { runOne } from './run-one.ts';
import { studioState } from './studio-state.svelte.ts';
import { toolRequestBase } from './tool-request.ts';
import type { CallInput } from '../../shared/contract/calls.ts';
import type { Generation } from '../../shared/domain/generation.ts';
import type { Job } from '../../shared/domain/job.ts';
import { textureParamsSchema, type TextureParams } from '../../shared/pipelines/texture.ts';

/** Small enough to follow the pointer. */
const livePx = 128;

class TextureTool {
  readonly live = new LiveRun();
  params: TextureParams = $state.raw(textureParamsSchema.parse({}));
  seed = $state(1);
  job: Job | null = $state.raw(null);
  generation: Generation | null = $state.raw(null);

  readonly working: boolean = $derived(this.job?.status.state === 'queued' || this.job?.status.state === 'running');

  set(change: Partial<TextureParams>): void {
    this.params = textureParamsSchema.parse({ ...this.params, ...change });
    this.preview();
  }

  setSeed(seed: number): void {
    this.seed = seed;
    this.preview();
  }

  preview(): void {
    const request = this.#request({ ...this.params, sizePx: livePx, maps: false });
    if (request !== null) void this.live.ask({ slot: 'texture', request, maxSidePx: null });
  }

  async make(): Promise<void> {
    const request = this.#request(this.params);
    if (request === null || this.working) return;
    try {
      this.generation = await runOne(request, (job) => (this.job = job));
    } catch (error) {
      studioState.fail(error);
    } finally {
      this.job = null;
    }
  }

  #request(params: TextureParams): CallInput<'jobs.enqueue'>['requests'][number] | null {
    const pack = studioState.defaultPack('texture');
    if (pack === null) return null;
    return {
      ...toolRequestBase(pack, null, 'Texture'),
      kind: 'texture',
      seed: this.seed,
      inputs: {},
      params,
    };
  }
}

export const textureTool = new TextureTool();
