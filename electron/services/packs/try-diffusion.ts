/** Does it run at all? One step at a small size. */
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import { diffusionParamsSchema } from '../../../shared/pipelines/diffusion.ts';
import { tryRequest, tryRequestBase, type TryOptions } from './try-request.ts';

/** Eight latents a side survive the three halvings that UNets have. */
const fewestLatents = 8;

/** @throws as {@link tryRequest} */
export async function tryDiffusion({ convention, ...options }: TryOptions & { convention: DiffusionConvention }): Promise<void> {
  const { nativeSize, vae, defaults } = convention;
  const side = (native: number): number => Math.min(native, Math.max(64, fewestLatents * vae.scale));
  const params = diffusionParamsSchema.parse({
    prompt: 'a red apple',
    width: side(nativeSize.width),
    height: side(nativeSize.height),
    steps: 1,
    guidanceScale: defaults.guidanceScale,
  });
  await tryRequest({ kind: 'diffusion', ...tryRequestBase(options.manifest), inputs: {}, params }, options, {
    role: 'image',
    nothing: 'It gave no picture.',
    failed: 'a first step with it failed',
    mismatches: ['internal'],
  });
}
