/** What can be done with a result of this room; each says so when it goes wrong. */
import { assetPath } from '../../../shared/domain/asset.ts';
import type { Generation } from '../../../shared/domain/generation.ts';
import type { Job } from '../../../shared/domain/job.ts';
import { pictureOf } from '../../state/generation-picture.ts';
import { variationsOf, type variationStrengths } from '../../state/generate-request.ts';
import { generateRun, type Tile } from '../../state/generate-run.svelte.ts';
import { generateTool } from '../../state/generate-tool.svelte.ts';
import type { PictureRef } from '../../state/navigation.svelte.ts';
import { randomSeed } from '../../state/seed.ts';
import { studioState } from '../../state/studio-state.svelte.ts';

export async function vary({ generation }: Tile, how: keyof typeof variationStrengths, count: number): Promise<void> {
  const picture = generation === null ? null : pictureOf(generation);
  if (generation?.request.kind !== 'diffusion' || picture === null) return;
  const { request } = generation;
  const convention = studioState.packs.find(({ manifest }) => manifest.id === request.packId)?.manifest.convention;
  const startsFromPictures = convention?.task === 'diffusion' && convention.parts.vaeEncoder !== null;
  const seeds = Array.from({ length: count }, randomSeed);
  await generateRun.start(variationsOf({ request, picture }, how, seeds, startsFromPictures));
}

export function useSeed({ job }: Tile): void {
  generateTool.seed = job.request.seed;
  generateTool.seedLocked = true;
}

/** Everything as it was: parameters, seed, model and pictures. */
export async function restoreAll(request: Job['request'], size: Generation['size']): Promise<void> {
  if (request.kind !== 'diffusion') return;
  try {
    await generateTool.restore(request, size);
  } catch (error) {
    studioState.fail(error);
  }
  if (!studioState.packsFor('diffusion').some(({ manifest }) => manifest.id === request.packId)) {
    studioState.notify({
      level: 'warning',
      title: `The model "${request.packId}" is not installed.`,
      text: 'Another one is chosen instead.',
    });
  }
  if (request.inputs.mask !== undefined || request.params.regions.length > 0) {
    studioState.notify({ level: 'info', title: 'Its mask and regions belong to the canvas: here the whole picture is made.' });
  }
}

export const reuse = (job: Job): Promise<void> => restoreAll(job.request, null);

export async function copyPicture({ hash }: PictureRef): Promise<void> {
  try {
    const blob = await (await fetch(assetPath(hash))).blob();
    await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })]);
    studioState.notify({ level: 'info', title: 'The picture is on the clipboard.' });
  } catch (error) {
    studioState.fail(error);
  }
}
