/**
 * The one error shape of Kiln. Code throws AppError; it is turned into its wire form once, at the router or the
 * inference port. `message` says what failed and why, `action` what the user can do; the cause chain only goes to the log.
 */
import { z } from 'zod';

export const errorCodes = [
  'invalid-request', // a call or frame did not match the contract
  'not-found',
  'conflict', // the thing changed meanwhile (revision mismatch, name taken)
  'unsupported', // understood, but this host, format or model cannot
  'image-unreadable', // corrupt or not an image
  'image-too-large',
  'image-too-small',
  'mask-empty',
  'pack-invalid', // manifest, hash, structure
  'pack-hostile', // zip bomb, path escape, external data outside the folder ...
  'pack-missing',
  'model-mismatch', // the graph is not what the task needs
  'model-output-invalid', // NaN, all black, wrong shape
  'backend-unavailable',
  'out-of-memory',
  'inference-crashed',
  'cancelled',
  'disk-full',
  'read-only',
  'library-corrupt',
  'library-newer', // made by a newer Kiln
  'library-locked', // another Kiln holds it
  'unauthorised',
  'too-large', // body or frame limit
  'offline', // the settings allow no connections
  'network', // the other side cannot be reached, or answers wrongly
  'licence-needed', // the user has not accepted the pack's licence
  'internal',
] as const;

export const errorCodeSchema = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

export const wireErrorSchema = z.object({
  code: errorCodeSchema,
  message: z.string(),
  /** What the user can do about it, in one sentence. */
  action: z.string().optional(),
});
export type WireError = z.infer<typeof wireErrorSchema>;

export interface AppErrorOptions {
  action?: string;
  cause?: unknown;
}

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly action: string | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.action = options.action;
  }

  static fromWire(error: WireError): AppError {
    return new AppError(error.code, error.message, error.action === undefined ? {} : { action: error.action });
  }
}

/** Anything thrown, as the wire form. Unknown errors become `internal` without leaking their text: the log has it. */
export function toWireError(error: unknown): WireError {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, ...(error.action === undefined ? {} : { action: error.action }) };
  }
  return { code: 'internal', message: 'Something went wrong inside Kiln.', action: 'The log has the details.' };
}
