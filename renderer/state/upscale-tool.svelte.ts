/** The upscale room's state: kept while other rooms are open. */
import type { PackId } from '../../shared/domain/ids.ts';
import { upscaleParamsSchema } from '../../shared/pipelines/upscale.ts';
import { ToolBatch } from './tool-batch.svelte.ts';

class UpscaleTool {
  readonly batch = new ToolBatch();
  values: Record<string, string | number | boolean> = $state(upscaleParamsSchema.parse({}));
  packId: PackId | null = $state(null);
}

export const upscaleTool = new UpscaleTool();
