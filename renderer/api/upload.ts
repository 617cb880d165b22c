/** Bytes to the studio: POST /upload with progress. XMLHttpRequest, because fetch tells nothing while it sends. */
import { AppError, wireErrorSchema } from '../../shared/contract/errors.ts';
import { uploadLimitsBytes, uploadResultSchema, type UploadQuery, type UploadResultOf } from '../../shared/contract/upload.ts';

export interface UploadOptions {
  /** 0..1 of the bytes sent. */
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
}

/** Where an upload goes. */
export function uploadAddress(query: UploadQuery): string {
  const values = Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]);
  return `/upload?${new URLSearchParams(values).toString()}`;
}

/** Rejects with AppError; `cancelled` when the signal fires. */
export async function upload<Query extends UploadQuery>(
  query: Query,
  body: Blob | Uint8Array<ArrayBuffer>,
  options: UploadOptions = {},
): Promise<UploadResultOf<Query['purpose']>> {
  const sizeBytes = body instanceof Blob ? body.size : body.byteLength;
  if (sizeBytes > uploadLimitsBytes[query.purpose]) {
    throw new AppError('too-large', 'The file is larger than Kiln takes.', {
      action: `Stay below ${String(Math.round(uploadLimitsBytes[query.purpose] / 2 ** 20))} MiB.`,
    });
  }
  const { status, text } = await send(uploadAddress(query), body, options);
  const answer = parseJson(text);
  if (status < 200 || status >= 300) {
    const error = wireErrorSchema.safeParse(answer);
    throw error.success ? AppError.fromWire(error.data) : new AppError('internal', `The studio refused the upload (${String(status)}).`);
  }
  const parsed = uploadResultSchema.safeParse(answer);
  if (!parsed.success || parsed.data.purpose !== query.purpose) {
    throw new AppError('internal', 'The studio answered the upload in a form this window does not understand.', {
      action: 'Reload the window.',
    });
  }
  return parsed.data as UploadResultOf<Query['purpose']>;
}

function send(address: string, body: Blob | Uint8Array<ArrayBuffer>, options: UploadOptions): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) options.onProgress?.(event.loaded / event.total);
    };
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () =>
      reject(
        new AppError('internal', 'The upload did not get through.', { action: 'Look whether Kiln is still running, then try again.' }),
      );
    request.onabort = () => reject(new AppError('cancelled', 'The upload was stopped.'));
    options.signal?.addEventListener('abort', () => request.abort());
    if (options.signal?.aborted === true) request.abort();
    else request.send(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
