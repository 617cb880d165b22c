/** The map the user moves over: a grid of latents, interpolated smoothly. */
import { AppError } from '../../../shared/contract/errors.ts';
import { textureMapSchema, type TextureMap } from '../../../shared/pipelines/texture.ts';

/** Parsing takes longer than decoding a small tile, and a drag asks for the same map over and over. */
let latest: { text: string; latentSize: number; map: TextureMap } | null = null;

/** @throws pack-invalid when the file is not a map of such latents */
export function parseMap(text: string, latentSize: number): TextureMap {
  if (latest?.latentSize !== latentSize || latest.text !== text) latest = { text, latentSize, map: parse(text, latentSize) };
  return latest.map;
}

function parse(text: string, latentSize: number): TextureMap {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid('it is not JSON', error);
  }
  const map = textureMapSchema.safeParse(json);
  if (!map.success) throw invalid(map.error.issues[0]?.message ?? 'it has other fields', map.error);
  const { columns, rows, latents, kinds } = map.data;
  if (latents.length !== columns * rows || kinds.length !== columns * rows) throw invalid('it has not one latent and kind for each place');
  if (latents.some((latent) => latent.length !== latentSize)) throw invalid(`its latents do not have ${String(latentSize)} numbers`);
  return map.data;
}

function invalid(why: string, cause?: unknown): AppError {
  return new AppError('pack-invalid', `The texture pack's map cannot be used: ${why}.`, { action: 'Import the pack again.', cause });
}

/** The four nearest places and their weights; eased, so that places hold a little and the way between them is smooth. */
function cornersOf(map: TextureMap, x: number, y: number): { index: number; weight: number }[] {
  const across = x * (map.columns - 1);
  const down = y * (map.rows - 1);
  const column = Math.min(map.columns - 2, Math.floor(across));
  const row = Math.min(map.rows - 2, Math.floor(down));
  const ease = (t: number): number => t * t * (3 - 2 * t);
  const right = ease(across - column);
  const below = ease(down - row);
  const at = row * map.columns + column;
  return [
    { index: at, weight: (1 - right) * (1 - below) },
    { index: at + 1, weight: right * (1 - below) },
    { index: at + map.columns, weight: (1 - right) * below },
    { index: at + map.columns + 1, weight: right * below },
  ];
}

/** @param x,y 0..1 from the top left */
export function latentAt(map: TextureMap, x: number, y: number): Float32Array {
  const latent = new Float32Array(map.latents[0]?.length ?? 0);
  for (const { index, weight } of cornersOf(map, x, y)) {
    map.latents[index]?.forEach((value, at) => {
      latent[at] = (latent[at] ?? 0) + weight * value;
    });
  }
  return latent;
}

/** The kinds around a place, nearest first, each once. */
export function kindsAt(map: TextureMap, x: number, y: number): string[] {
  const near = cornersOf(map, x, y)
    .filter(({ weight }) => weight > 0.1)
    .toSorted((a, b) => b.weight - a.weight);
  return [...new Set(near.map(({ index }) => map.kinds[index] ?? ''))];
}

/** Straight from one latent to the other. */
export function mixLatents(first: Float32Array, second: Float32Array, share: number): Float32Array {
  return first.map((value, index) => value + share * ((second[index] ?? 0) - value));
}
