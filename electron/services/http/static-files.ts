/** The renderer's built files. Names are checked letter by letter, so a path can only ever lead downward into the folder. */
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { fileResponse } from './file-response.ts';

const mediaTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const safeSegment = /^[A-Za-z0-9_@-][A-Za-z0-9._@-]*$/;

/** Answers GET and HEAD for a page, script, style or picture of the renderer; throws not-found for anything else. */
export async function staticFile(request: Request, rendererFolder: string, pathname: string): Promise<Response> {
  const segments = pathname === '/' ? ['index.html'] : pathname.slice(1).split('/');
  const mediaType = mediaTypes[extname(segments.at(-1) ?? '')];
  const missing = `There is nothing at ${JSON.stringify(pathname.slice(0, 200))}.`;
  if (mediaType === undefined || !segments.every((segment) => safeSegment.test(segment))) throw new AppError('not-found', missing);
  const file = join(rendererFolder, ...segments);
  await refuseLinksOut(rendererFolder, file, missing);
  // Vite puts a hash of the content into the names under assets/.
  const hashed = segments[0] === 'assets' && segments.length === 2;
  if (hashed) return fileResponse(request, file, { mediaType, caching: 'immutable', missing });
  const { size, mtimeMs } = await stat(file);
  const etag = `${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`;
  return fileResponse(request, file, { mediaType, caching: 'revalidate', etag, missing });
}

async function refuseLinksOut(folder: string, file: string, missing: string): Promise<void> {
  try {
    const [root, target] = await Promise.all([realpath(folder), realpath(file)]);
    if (target.startsWith(root + sep)) return;
  } catch (error) {
    throw new AppError('not-found', missing, { cause: error });
  }
  throw new AppError('not-found', missing);
}
