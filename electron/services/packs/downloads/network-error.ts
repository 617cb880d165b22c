/** What goes wrong between two machines, in words. */
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../../../shared/contract/errors.ts';

const cut = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'ERR_STREAM_DESTROYED',
]);
const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN']);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A failure that may pass by itself. `waitMs`: how long the other side asks to be left alone. */
export class Passing extends AppError {
  readonly waitMs: number | null;
  /** In the middle of a sentence: "the connection was cut". */
  readonly why: string;

  constructor(message: string, why: string, options: { action: string; cause?: unknown; waitMs?: number | null }) {
    super('network', message, { action: options.action, cause: options.cause });
    this.why = why;
    this.waitMs = options.waitMs ?? null;
  }
}

/** The errors of sockets and of name look-up; AppErrors and what is unknown come back unchanged. */
export function connectionError(error: unknown, host: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof AppError) return error;
  if (error.name === 'AbortError') return new AppError('cancelled', 'The download was stopped.', { cause: error });
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') {
    return new Passing(`${host} refuses the connection.`, 'the connection was refused', {
      action: 'Check the address of the hub in Settings, or try again later.',
      cause: error,
    });
  }
  if (unreachable.has(code)) {
    return new Passing(`${host} cannot be reached.`, 'the hub cannot be reached', {
      action: 'Check your connection to the internet, then resume.',
      cause: error,
    });
  }
  if (cut.has(code) || /aborted|socket hang up|premature/i.test(error.message)) {
    return new Passing(`The connection to ${host} was cut.`, code === 'ETIMEDOUT' ? 'the hub went silent' : 'the connection was cut', {
      action: 'Resume: what has arrived is kept.',
      cause: error,
    });
  }
  if (/^(ERR_TLS|CERT_|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) {
    return new AppError('network', `${host} does not prove who it is (${code}).`, {
      action: 'Somebody may be in between, or the clock of this machine is wrong. Nothing was downloaded.',
      cause: error,
    });
  }
  return error;
}

/** @param what in the middle of a sentence: "owner/name" or "unet/model.onnx of owner/name" */
export function statusError(
  response: { status: number; header(name: string): string | null; body: IncomingMessage },
  what: string,
  host: string,
  hasToken: boolean,
): AppError {
  response.body.destroy();
  const { status } = response;
  const code = response.header('x-error-code') ?? '';
  if (code === 'GatedRepo' || (status === 403 && code !== 'RepoNotFound')) {
    return new AppError('unauthorised', `${what} is gated: ${host} gives it only to those who accepted its conditions.`, {
      action: hasToken
        ? 'Open its page, accept the conditions with the account your access token belongs to, then try again.'
        : 'Open its page, log in and accept the conditions there; then put an access token of that account into Settings, Network.',
    });
  }
  if (status === 401 && code !== 'RepoNotFound') {
    return new AppError('unauthorised', `${host} wants to know who asks for ${what}.`, {
      action: hasToken
        ? 'The access token in Settings, Network is wrong or has run out.'
        : 'Log in on the site, accept the conditions on the page of the model if it has any, and put an access token into Settings, Network.',
    });
  }
  if (code === 'RevisionNotFound')
    return new AppError('not-found', `${what} has no such branch, tag or commit.`, { action: 'Leave the revision as "main".' });
  if (status === 404 || status === 401) {
    return new AppError('not-found', `${host} has no ${what}, or it is private.`, {
      action: 'Check the name: it has the form "owner/name", as in the address of its page.',
    });
  }
  if (status === 429) {
    return new Passing(`${host} has had too many requests from here.`, 'the hub asks for patience', {
      action: 'Wait a few minutes, then resume.',
      waitMs: retryAfterMs(response.header('retry-after')),
    });
  }
  if (status >= 500) {
    return new Passing(`${host} has a fault of its own (${String(status)}).`, 'the hub has a fault', {
      action: 'Try again later: what has arrived is kept.',
      waitMs: retryAfterMs(response.header('retry-after')),
    });
  }
  return new AppError('network', `${host} answered ${String(status)} when asked for ${what}.`, {
    action: 'Check the address of the hub in Settings.',
  });
}

/** Seconds or a date (RFC 9110, 10.2.3); at most five minutes are believed. */
export function retryAfterMs(value: string | null, nowMs = Date.now()): number | null {
  if (value === null) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 300_000) : null;
}
