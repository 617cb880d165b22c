/** What can be done with generations, from the grid and from the details: each says what it did, and how to take it back. */
import { studio } from '../../api/studio.ts';
import type { Generation, GenerationRequest } from '../../../shared/domain/generation.ts';
import type { GenerationId } from '../../../shared/domain/ids.ts';
import { mostHistoryIds } from '../../../shared/contract/calls/history-calls.ts';
import { pictureOf } from '../../state/generation-picture.ts';
import { roomOfKind } from '../../state/generation-words.ts';
import { navigation, type PictureRef, type Room } from '../../state/navigation.svelte.ts';
import { studioState } from '../../state/studio-state.svelte.ts';
import { workspace } from '../../state/workspace.svelte.ts';

/** Reports what goes wrong; true when it went well. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    studioState.fail(error);
    return false;
  }
}

const counted = (count: number): string => (count === 1 ? 'One generation' : `${count.toLocaleString()} generations`);

/** A call takes so many ids; more are sent in several. */
async function inParts(ids: readonly GenerationId[], work: (part: GenerationId[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < ids.length; from += mostHistoryIds) await work(ids.slice(from, from + mostHistoryIds));
}

export const setFavourite = (ids: readonly GenerationId[], favourite: boolean): Promise<boolean> =>
  attempt(() => inParts(ids, (part) => studio.call('history.setFavourite', { ids: part, favourite })));

export const setRating = (ids: readonly GenerationId[], rating: number): Promise<boolean> =>
  attempt(() => inParts(ids, (part) => studio.call('history.setRating', { ids: part, rating })));

export const addTag = (ids: readonly GenerationId[], tag: string): Promise<boolean> =>
  attempt(() => inParts(ids, (part) => studio.call('history.addTag', { ids: part, tag })));

export const removeTag = (ids: readonly GenerationId[], tag: string): Promise<boolean> =>
  attempt(() => inParts(ids, (part) => studio.call('history.removeTag', { ids: part, tag })));

export const setTitle = (id: GenerationId, title: string): Promise<boolean> =>
  attempt(() => studio.call('history.setTitle', { id, title }));

export async function trash(ids: readonly GenerationId[]): Promise<boolean> {
  const done = await attempt(() => inParts(ids, (part) => studio.call('history.trash', { ids: part })));
  if (done) {
    studioState.notify({
      level: 'info',
      title: `${counted(ids.length)} moved to the trash.`,
      action: { label: 'Undo', run: () => void attempt(() => inParts(ids, (part) => studio.call('history.restore', { ids: part }))) },
    });
  }
  return done;
}

export async function restore(ids: readonly GenerationId[]): Promise<boolean> {
  const done = await attempt(() => inParts(ids, (part) => studio.call('history.restore', { ids: part })));
  if (done) studioState.notify({ level: 'info', title: `${counted(ids.length)} restored from the trash.` });
  return done;
}

export async function emptyTrash(): Promise<boolean> {
  return attempt(async () => {
    const { removed } = await studio.call('history.emptyTrash', undefined);
    studioState.notify({ level: 'info', title: `${counted(removed)} deleted for good.` });
  });
}

/** The very same request again; on the CPU it gives the very same bytes. */
export function runAgain(generation: Generation): Promise<boolean> {
  const request: GenerationRequest = { ...generation.request, parentId: generation.id };
  return attempt(async () => {
    await studioState.enqueue([request]);
    studioState.notify({ level: 'info', title: 'Running again with the same seed and parameters.' });
  });
}

/** Inpainting always was; a diffusion run only where it names a place. */
function madeOnCanvas({ request }: Generation): boolean {
  return request.kind === 'inpaint' || (request.kind === 'diffusion' && request.placement !== null);
}

/** Opens the tool it was made with, everything set as it was. */
export async function runWithChanges(generation: Generation): Promise<void> {
  if (madeOnCanvas(generation)) await attempt(() => reopenInpainting(generation));
  else navigation.send(roomOfKind[generation.request.kind], { generation });
}

/** Brings the canvas back to where the mask was drawn: the document's state of then, or else the picture that was sent. */
async function reopenInpainting(generation: Generation): Promise<void> {
  const { request, size } = generation;
  if (request.kind !== 'inpaint' && request.kind !== 'diffusion') return;
  const title = request.title === '' ? 'Untitled' : request.title;
  let region = request.placement?.region ?? null;
  if (request.placement !== null) await workspace.restoreSnapshot(request.placement.snapshot, title);
  else if (size !== null && request.inputs.image !== undefined) {
    await workspace.openPicture({ name: title, hash: request.inputs.image, ...size });
    region = { x: 0, y: 0, ...size };
  }
  const { document } = workspace;
  navigation.go('canvas');
  if (document === null || region === null) return workspace.reuse(generation);
  const placement = { documentId: document.id, snapshot: document.snapshot, region };
  const reopened: GenerationRequest = { ...request, placement };
  await workspace.reuse({ ...generation, request: reopened });
}

/** Into the open document: where it belongs when it was made there, else in the middle. */
export function useAsLayer(generation: Generation): Promise<boolean> {
  const { placement } = generation.request;
  const patch = generation.outputs.find(({ role }) => role === 'patch');
  return onCanvas(generation, (picture) => {
    if (placement === null || patch === undefined || placement.documentId !== workspace.document?.id) {
      return workspace.addPictureAsLayer(picture);
    }
    const { x, y, width, height } = patch.bounds;
    const layer: PictureRef = { name: picture.name, hash: patch.hash, width, height, madeBy: generation.id };
    return workspace.addPictureAsLayer(layer, { x: placement.region.x + x, y: placement.region.y + y });
  });
}

export function openAsDocument(generation: Generation): Promise<boolean> {
  return onCanvas(generation, (picture) => workspace.openPicture(picture));
}

function onCanvas(generation: Generation, work: (picture: PictureRef) => Promise<unknown>): Promise<boolean> {
  const picture = pictureOf(generation);
  if (picture === null) return Promise.resolve(false);
  return attempt(async () => {
    await work(picture);
    navigation.go('canvas');
  });
}

/** Scores as a clip of their own, sounds with the settings they were made with. */
export function openInMusic(generation: Generation): void {
  navigation.send('music', { generation });
}

/** The document as it was when this was made, as a document of its own. */
export function restoreDocument({ request }: Generation): Promise<boolean> {
  const { placement, title } = request;
  if (placement === null) return Promise.resolve(false);
  return attempt(async () => {
    await workspace.restoreSnapshot(placement.snapshot, `${title === '' ? 'Untitled' : title} (restored)`.slice(0, 200));
    navigation.go('canvas');
  });
}

export function sendTo(room: Room, generation: Generation): void {
  const picture = pictureOf(generation);
  if (picture !== null) navigation.send(room, { picture });
}
