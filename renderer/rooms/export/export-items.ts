/** What an export is made of: the canvas flattened or by layers, or the pictures of generations. */
import type { Generation, GenerationOutput } from '../../../shared/domain/generation.ts';
import type { ExportItem } from '../../state/export-session.svelte.ts';
import { workspace } from '../../state/workspace.svelte.ts';

export type ExportSource = 'canvas' | { generations: Generation[] };

/** "photo.jpg" -> "photo": the new file has its own ending. */
export function withoutEnding(name: string): string {
  return name.replace(/\.(?:png|jpe?g|webp|avif|tiff?)$/i, '');
}

export function nameOf(source: ExportSource): string {
  if (source === 'canvas') return withoutEnding(workspace.document?.name ?? 'Untitled');
  const [only, ...more] = source.generations;
  return only !== undefined && more.length === 0 ? titleOf(only) : 'Kiln';
}

function titleOf({ request }: Generation): string {
  return withoutEnding(request.title.trim()) || 'Untitled';
}

/** Layers from the top down are named as in the panel; hidden ones are left out, as they are from the flattened picture. */
export async function itemsOfCanvas(parts: 'flattened' | 'layers'): Promise<ExportItem[]> {
  if (parts === 'flattened') return [{ picture: await workspace.flattened(), generationIds: workspace.madeWith }];
  const items: ExportItem[] = [];
  for (const layer of workspace.layers.filter(({ visible }) => visible)) {
    items.push({ picture: await workspace.layerPicture(layer.id), generationIds: workspace.madeWithOf(layer.id) });
  }
  return items;
}

/** A picture that belongs to the result beside its `image`. */
export const isMap = (role: GenerationOutput['role']): boolean => role === 'normal' || role === 'roughness' || role === 'height';

export function itemsOfGenerations(generations: readonly Generation[], withMaps: boolean): ExportItem[] {
  return generations.flatMap((generation) =>
    generation.outputs
      .filter(({ role }) => role === 'image' || (withMaps && isMap(role)))
      .map(({ role, hash, bounds }) => {
        const { width, height } = role === 'image' && generation.size !== null ? generation.size : bounds;
        const name = role === 'image' ? titleOf(generation) : `${titleOf(generation)} ${role}`;
        return { picture: { name, hash, width, height }, generationIds: [generation.id] };
      }),
  );
}
