/** Failures over HTTP: the wire error as JSON, with the status that says the same. */
import { toWireError, type ErrorCode } from '../../../shared/contract/errors.ts';

export const statusOfCode: Record<ErrorCode, number> = {
  'invalid-request': 400,
  'not-found': 404,
  conflict: 409,
  unsupported: 415,
  'image-unreadable': 422,
  'image-too-large': 413,
  'image-too-small': 422,
  'mask-empty': 422,
  'pack-invalid': 422,
  'pack-hostile': 422,
  'pack-missing': 404,
  'model-mismatch': 422,
  'model-output-invalid': 500,
  'backend-unavailable': 503,
  'out-of-memory': 503,
  'inference-crashed': 500,
  cancelled: 400,
  'disk-full': 507,
  'read-only': 500,
  'library-corrupt': 500,
  'library-newer': 500,
  'library-locked': 503,
  unauthorised: 401,
  'too-large': 413,
  offline: 403,
  network: 502,
  'licence-needed': 403,
  internal: 500,
};

export function errorResponse(error: unknown, headers: Record<string, string> = {}): Response {
  const wire = toWireError(error);
  return new Response(JSON.stringify(wire), {
    status: statusOfCode[wire.code],
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store', ...headers },
  });
}

export function methodNotAllowed(allowed: string): Response {
  const error = { code: 'invalid-request', message: `Only ${allowed} is possible here.` };
  return new Response(JSON.stringify(error), {
    status: 405,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store', Allow: allowed },
  });
}
