/**
 * Every byte that is not a call or an event, for both hosts: pictures, exports and uploads, and the renderer's own files.
 * Whoever calls this has already decided that the request may come in.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import { assetHashSchema, exportIdSchema, jobIdSchema, livePictureIdSchema } from '../../../shared/domain/ids.ts';
import type { Logger } from '../host.ts';
import type { SoundFonts } from '../music/sound-fonts/sound-fonts.ts';
import { causeChain } from '../router.ts';
import type { AssetStore, ImageService, LivePictures, PreviewStore, TransferStore } from '../service-types.ts';
import { attachment } from './content-disposition.ts';
import { errorResponse, methodNotAllowed } from './errors.ts';
import { fileResponse } from './file-response.ts';
import { withSecurityHeaders } from './security-headers.ts';
import { staticFile } from './static-files.ts';
import { upload } from './upload.ts';

export interface HttpServices {
  assets: Pick<AssetStore, 'filePath' | 'record' | 'putBytes' | 'temporaryFile'>;
  images: Pick<ImageService, 'importPicture' | 'storePixels' | 'thumbnail'>;
  transfers: Pick<TransferStore, 'addUpload' | 'exportFile'>;
  previews: Pick<PreviewStore, 'get'>;
  live: LivePictures;
  soundFonts: Pick<SoundFonts, 'file'>;
  /** The built renderer; null where no page is served. */
  rendererFolder: string | null;
  log: Logger;
}

export type HttpHandler = (request: Request) => Promise<Response>;

type Route = (request: Request, id: string, query: URLSearchParams) => Promise<Response>;

/** Never rejects: failures are answered as WireError in JSON with a fitting status. */
export function createHttpHandler(services: HttpServices): HttpHandler {
  const routes: Record<string, Route> = {
    asset: (request, id) => sendAsset(request, id, services),
    thumbnail: (request, id, query) => sendThumbnail(request, id, query, services),
    preview: (request, id) => sendPreview(request, id, services),
    live: (request, id) => sendLive(request, id, services),
    export: (request, id) => sendExport(request, id, services),
    soundfont: (request, id) => sendSoundFont(request, id, services),
  };

  async function answer(request: Request, url: URL): Promise<Response> {
    const segments = url.pathname.slice(1).split('/');
    const [name = '', id = ''] = segments;
    if (name === 'upload' && segments.length === 1) {
      return request.method === 'POST' ? await upload(request, url.searchParams, services) : methodNotAllowed('POST');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET, HEAD');
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route !== undefined) {
      if (segments.length !== 2) throw badId(name);
      return route(request, id, url.searchParams);
    }
    if (services.rendererFolder === null) throw new AppError('not-found', 'No page is served here.');
    return staticFile(request, services.rendererFolder, url.pathname);
  }

  return async (request) => {
    const url = new URL(request.url);
    try {
      return withSecurityHeaders(await answer(request, url), url);
    } catch (error) {
      if (!(error instanceof AppError)) services.log.error(`${request.method} ${url.pathname} failed unexpectedly`, causeChain(error));
      else if (error.code !== 'not-found')
        services.log.debug(`${request.method} ${url.pathname}: ${error.message}`, causeChain(error.cause));
      return withSecurityHeaders(errorResponse(error), url);
    }
  };
}

async function sendAsset(request: Request, id: string, { assets }: HttpServices): Promise<Response> {
  const hash = parseId(assetHashSchema, id, 'asset');
  const record = assets.record(hash);
  if (record === null) throw new AppError('not-found', 'The library has no such asset.');
  const missing = 'The file of this asset is missing from the library.';
  return fileResponse(request, assets.filePath(hash), { mediaType: record.mediaType, caching: 'immutable', etag: hash, missing });
}

const thumbnailSides: Record<string, 128 | 256 | 512> = { '128': 128, '256': 256, '512': 512 };

async function sendThumbnail(request: Request, id: string, query: URLSearchParams, services: HttpServices): Promise<Response> {
  const hash = parseId(assetHashSchema, id, 'thumbnail');
  const wanted = query.get('side') ?? '256';
  const side = Object.hasOwn(thumbnailSides, wanted) ? thumbnailSides[wanted] : undefined;
  if (side === undefined) throw new AppError('invalid-request', 'A thumbnail has a side of 128, 256 or 512 pixels.');
  if (services.assets.record(hash) === null) throw new AppError('not-found', 'The library has no such asset.');
  const file = await services.images.thumbnail(hash, side);
  const missing = 'The thumbnail could not be made.';
  return fileResponse(request, file, { mediaType: 'image/webp', caching: 'immutable', etag: `${hash}-${String(side)}`, missing });
}

async function sendPreview(request: Request, id: string, { previews }: HttpServices): Promise<Response> {
  const missing = 'This job has no preview at the moment.';
  const preview = previews.get(parseId(jobIdSchema, id, 'preview'));
  if (preview === null) throw new AppError('not-found', missing);
  return fileResponse(request, preview.file, { mediaType: preview.mediaType, caching: 'none', missing });
}

async function sendLive(request: Request, id: string, { live }: HttpServices): Promise<Response> {
  const missing = 'This preview is no longer kept.';
  const picture = live.get(parseId(livePictureIdSchema, id, 'live'));
  if (picture === null) throw new AppError('not-found', missing);
  return fileResponse(request, picture.file, { mediaType: picture.mediaType, caching: 'none', missing });
}

async function sendExport(request: Request, id: string, { transfers }: HttpServices): Promise<Response> {
  const missing = 'This export is no longer kept.';
  const exported = transfers.exportFile(parseId(exportIdSchema, id, 'export'));
  if (exported === null) throw new AppError('not-found', missing, { action: 'Export again.' });
  return fileResponse(request, exported.file, {
    mediaType: exported.mediaType,
    caching: 'none',
    missing,
    headers: { 'Content-Disposition': attachment(exported.fileName) },
  });
}

/** A SoundFont's id is the hash of its bytes. */
async function sendSoundFont(request: Request, id: string, { soundFonts }: HttpServices): Promise<Response> {
  const hash = parseId(assetHashSchema, id, 'soundfont');
  const missing = 'This SoundFont is no longer in Kiln.';
  const file = soundFonts.file(hash);
  if (file === null) throw new AppError('not-found', missing, { action: 'Add it again.' });
  return fileResponse(request, file, { mediaType: 'audio/x-soundfont', caching: 'immutable', etag: hash, missing });
}

/** Ids are matched as they were sent: nothing is decoded, so no encoding of a path can pass for one. */
function parseId<Id>(schema: { safeParse(value: string): { success: true; data: Id } | { success: false } }, id: string, kind: string): Id {
  const parsed = schema.safeParse(id);
  if (!parsed.success) throw badId(kind);
  return parsed.data;
}

function badId(kind: string): AppError {
  return new AppError('invalid-request', `This is not an address under /${kind}/.`);
}
