/**
 * The texture lab: a place on the pack's map gives a latent, the seed gives basis fields on a torus, and the
 * decoder composes them into a tile that repeats without a seam, with its maps.
 */
import { textureDetailsSchema } from '../../../shared/pipelines/texture.ts';
import { decodeTile, tileFields } from '../../components/texture-decoder.ts';
import type { Planes } from '../../core/planes.ts';
import type { Pipeline, PipelinePicture, PixelImage } from '../../pipeline.ts';
import { kindsAt, latentAt, mixLatents, parseMap } from './latent-map.ts';
import { heightMap, normalMap, roughnessMap } from './maps.ts';
import { tintColours } from './tint.ts';

export const texture: Pipeline<'texture'> = async (_inputs, { params, seed }, context) => {
  const { convention } = context;
  context.progress('Making the tile', 0, 100, 0.05);
  const map = parseMap(await context.time('load', () => context.packText(convention.map)), convention.latentSize);
  const here = latentAt(map, params.x, params.y);
  const latent = params.blend === 0 ? here : mixLatents(here, latentAt(map, params.toX, params.toY), params.blend);
  const session = await context.session(convention.decoder);
  const fields = await context.time('prepare', () => tileFields(params.sizePx, seed));
  const decoded = await context.time('run', () =>
    decodeTile(session, latent, fields, (share) => {
      context.signal.throwIfAborted();
      context.progress('Making the tile', Math.floor(share * 100), 100, 0.05 + 0.75 * share);
    }),
  );
  context.signal.throwIfAborted();
  context.progress('Making the maps', 0, 1, 0.8);
  const made = await context.time('maps', (): [PipelinePicture['role'], PixelImage][] => {
    const colour = tintColours(decoded.colour, params);
    const image: [PipelinePicture['role'], PixelImage][] = [['image', pixelsOf(colour)]];
    if (!params.maps) return image;
    return [
      ...image,
      ['normal', normalMap(decoded.height, params.normalStrength)],
      ['roughness', roughnessMap(colour, decoded.height)],
      ['height', heightMap(decoded.height)],
    ];
  });
  const kinds = new Set([...kindsAt(map, params.x, params.y), ...(params.blend === 0 ? [] : kindsAt(map, params.toX, params.toY))]);
  context.detail('texture', textureDetailsSchema.parse({ kinds: [...kinds], latent: Array.from(latent) }));
  context.progress('Making the maps', 1, 1, 1);
  return made.map(([role, image]) => ({ role, image, bounds: { x: 0, y: 0, width: image.width, height: image.height } }));
};

function pixelsOf(colour: Planes): PixelImage {
  const count = colour.width * colour.height;
  const data = new Uint8Array(count * 3);
  for (let channel = 0; channel < 3; channel += 1) {
    for (let index = 0; index < count; index += 1)
      data[index * 3 + channel] = Math.round((colour.data[channel * count + index] ?? 0) * 255);
  }
  return { width: colour.width, height: colour.height, channels: 3, data };
}
