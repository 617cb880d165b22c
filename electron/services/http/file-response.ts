/** A file as a response: validators, ranges, HEAD, streaming. */
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { AppError } from '../../../shared/contract/errors.ts';
import { parseByteRange } from './byte-range.ts';

export interface FileResponseOptions {
  mediaType: string;
  /** Content named by its hash or id never changes under that name. */
  caching: 'immutable' | 'revalidate' | 'none';
  /** Strong validator without quotes; absent: no conditional requests. */
  etag?: string;
  /** Said when the file is not there. */
  missing: string;
  headers?: Record<string, string>;
}

const cacheControl = { immutable: 'private, max-age=31536000, immutable', revalidate: 'no-cache', none: 'no-store' };

/** Answers GET and HEAD. Throws not-found when the file is missing. */
export async function fileResponse(request: Request, file: string, options: FileResponseOptions): Promise<Response> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw isMissing(error) ? new AppError('not-found', options.missing, { cause: error }) : error;
  });
  let streaming = false;
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new AppError('not-found', options.missing);
    const etag = options.etag === undefined ? null : `"${options.etag}"`;
    const headers = new Headers({ 'Cache-Control': cacheControl[options.caching], ...options.headers });
    if (etag !== null) headers.set('ETag', etag);
    if (etag !== null && matchesEtag(request.headers.get('If-None-Match'), etag)) return new Response(null, { status: 304, headers });

    headers.set('Content-Type', options.mediaType);
    headers.set('Accept-Ranges', 'bytes');
    const ifRange = request.headers.get('If-Range');
    const wanted = ifRange === null || ifRange === etag ? request.headers.get('Range') : null;
    const range = parseByteRange(wanted, status.size);
    if (range.kind === 'unsatisfiable') {
      headers.set('Content-Range', `bytes */${String(status.size)}`);
      headers.delete('Content-Type');
      return new Response(null, { status: 416, headers });
    }
    const start = range.kind === 'part' ? range.start : 0;
    const end = range.kind === 'part' ? range.end : status.size - 1;
    headers.set('Content-Length', String(end - start + 1));
    if (range.kind === 'part') headers.set('Content-Range', `bytes ${String(start)}-${String(end)}/${String(status.size)}`);
    const code = range.kind === 'part' ? 206 : 200;
    if (request.method === 'HEAD' || end < start) return new Response(null, { status: code, headers });
    streaming = true;
    const stream = handle.createReadStream({ start, end, highWaterMark: 1 << 18 });
    // Node's web stream and the page's have different types where both are known.
    const body: unknown = Readable.toWeb(stream);
    return new Response(body as ConstructorParameters<typeof Response>[0], { status: code, headers });
  } finally {
    // The stream closes it otherwise.
    if (!streaming) await handle.close();
  }
}

function matchesEtag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.trim() === '*' || header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'].includes(String(error.code));
}
