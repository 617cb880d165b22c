/** A past run's settings, mask and regions back on the canvas. */
import type { CanvasEngine, RawPixels } from '../canvas/canvas-api.ts';
import type { DocumentRecord } from '../../shared/domain/document.ts';
import type { DiffusionRequest, Generation } from '../../shared/domain/generation.ts';
import type { Rect, Size } from '../../shared/domain/geometry.ts';
import type { AssetHash, DocumentId } from '../../shared/domain/ids.ts';
import { canvasPanel } from './canvas-panel.svelte.ts';
import type { CanvasGenerate } from './canvas-generate.svelte.ts';
import type { InpaintSettings } from './inpaint-settings.svelte.ts';
import { placedMask } from './mask-pictures.ts';
import type { PictureRef } from './navigation.svelte.ts';
import { studioState } from './studio-state.svelte.ts';

export interface ReuseTarget {
  readonly document: DocumentRecord | null;
  readonly engine: CanvasEngine;
  readonly settings: InpaintSettings;
  readonly generating: CanvasGenerate;
  openDocument: (id: DocumentId) => Promise<void>;
  openPicture: (picture: PictureRef) => Promise<void>;
  newDocument: (size: Size, background: string | null, name?: string) => Promise<void>;
}

/** See `Workspace.reuse`. Other kinds than those made on the canvas are passed over. */
export async function reuseOnCanvas(generation: Generation, target: ReuseTarget): Promise<void> {
  const { request } = generation;
  if (request.kind !== 'inpaint' && request.kind !== 'diffusion') return;
  const region = await regionOnCanvas(generation, target);
  const { canvas } = target.engine.view;
  const placed = (hash: AssetHash | undefined): Promise<RawPixels | null> =>
    hash === undefined || region === null || canvas === null ? Promise.resolve(null) : placedMask(hash, region, canvas);
  const mask = await placed(request.inputs.mask);
  if (mask !== null) target.engine.importMask(mask);
  canvasPanel.shown = request.kind === 'inpaint' ? 'inpaint' : 'generate';
  let packHere: boolean;
  if (request.kind === 'inpaint') packHere = target.settings.adopt(request);
  else {
    packHere = target.generating.adopt(request);
    await takeRegions(request, target.generating, placed);
  }
  studioState.notify({
    level: packHere ? 'info' : 'warning',
    title: mask === null ? 'Parameters and seed are in the panel.' : 'Parameters, seed and mask are back.',
    text: packHere ? '' : `"${generation.pack.name}" is not installed: another model is chosen.`,
  });
}

/** Where the run worked on the document that is open now; null: on another one. With nothing open, its document is opened. */
async function regionOnCanvas({ request, size }: Generation, target: ReuseTarget): Promise<Rect | null> {
  if (request.kind !== 'inpaint' && request.kind !== 'diffusion') return null;
  const { placement, inputs } = request;
  if (target.document !== null) return placement?.documentId === target.document.id ? placement.region : null;
  const opened =
    placement !== null &&
    (await target.openDocument(placement.documentId).then(
      () => true,
      () => false,
    ));
  if (opened) return placement.region;
  const crop = placement?.region ?? size;
  if (crop === null) return null;
  const name = request.title || 'Untitled';
  if (inputs.image === undefined) await target.newDocument({ width: crop.width, height: crop.height }, null, name);
  else await target.openPicture({ name, hash: inputs.image, width: crop.width, height: crop.height });
  return { x: 0, y: 0, width: crop.width, height: crop.height };
}

async function takeRegions(
  { params, inputs }: DiffusionRequest,
  { regions }: CanvasGenerate,
  placed: (hash: AssetHash | undefined) => Promise<RawPixels | null>,
): Promise<void> {
  regions.clear();
  const hashes = [inputs.region1, inputs.region2, inputs.region3, inputs.region4];
  for (const [index, { prompt, weight }] of params.regions.entries()) {
    const mask = await placed(hashes[index]);
    if (mask !== null) regions.add(mask, prompt, weight);
  }
}
