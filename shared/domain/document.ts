/**
 * A document: a canvas of layers plus one mask. Pixels live in assets; the state is small JSON that refers to them.
 * Layer pixels = an optional `source` image drawn at (0,0) of the layer's bounds, overridden by `tiles`. Tiles are
 * 256 px squares on the layer's own grid (key "column,row" from the layer's top-left corner), stored as raw straight-alpha
 * RGBA (masks: one byte a pixel), deflated. So a stroke saves only the tiles it touched, and a restore is bit-exact.
 */
import { z } from 'zod';
import { assetHashSchema, documentIdSchema, generationIdSchema, layerIdSchema, projectIdSchema } from './ids.ts';
import { pointSchema, rectSchema, sizeSchema } from './geometry.ts';

export const documentFormatVersion = 1;
export const tileSize = 256;

/** normal, then the separable modes of W3C Compositing and Blending Level 1. */
export const blendModes = [
  'normal',
  'multiply',
  'screen',
  'overlay',
  'darken',
  'lighten',
  'color-dodge',
  'color-burn',
  'hard-light',
  'soft-light',
  'difference',
  'exclusion',
] as const;
export const blendModeSchema = z.enum(blendModes);
export type BlendMode = z.infer<typeof blendModeSchema>;

export const tileMapSchema = z.record(z.string().regex(/^\d{1,5},\d{1,5}$/), assetHashSchema);

export const layerSchema = z.object({
  id: layerIdSchema,
  name: z.string().max(200),
  /** Where the layer's pixels lie in the canvas, in whole canvas pixels; may reach outside it. */
  bounds: rectSchema,
  visible: z.boolean(),
  locked: z.boolean(),
  opacity: z.number().min(0).max(1),
  blendMode: blendModeSchema,
  source: assetHashSchema.nullable(),
  /** Where the source's corner lies, from the corner of `bounds`; (0,0) when absent. Painting left of a picture moves it. */
  sourceAt: pointSchema.optional(),
  tiles: tileMapSchema,
});
export type Layer = z.infer<typeof layerSchema>;

export const documentStateSchema = z.object({
  formatVersion: z.literal(documentFormatVersion),
  canvas: sizeSchema,
  /** Bottom to top. */
  layers: z.array(layerSchema).max(1000),
  activeLayerId: layerIdSchema.nullable(),
  /** One byte a pixel, 255 = repaint; grid starts at the canvas's top-left corner. */
  mask: z.object({ tiles: tileMapSchema }),
  /** Generations whose pixels a layer holds, for the metadata of exports. May name layers that are gone. */
  madeWith: z.record(layerIdSchema, z.array(generationIdSchema).max(1000)).optional(),
});
export type DocumentState = z.infer<typeof documentStateSchema>;

export const documentRecordSchema = z.object({
  id: documentIdSchema,
  projectId: projectIdSchema,
  name: z.string(),
  /** Rises by one with each save. */
  revision: z.int().min(0),
  canvas: sizeSchema,
  /** The saved state as a snapshot asset; a generation that names it can bring the document back. */
  snapshot: assetHashSchema,
  /** A small flattened picture, when the renderer has sent one. */
  thumbnail: assetHashSchema.nullable(),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  trashedAtMs: z.int().nullable(),
});
export type DocumentRecord = z.infer<typeof documentRecordSchema>;

/** Every asset a state refers to: what the orphan sweep must keep. */
export function assetsOfDocument(state: DocumentState): Set<string> {
  const hashes = new Set<string>(Object.values(state.mask.tiles));
  for (const layer of state.layers) {
    if (layer.source !== null) hashes.add(layer.source);
    for (const hash of Object.values(layer.tiles)) hashes.add(hash);
  }
  return hashes;
}
