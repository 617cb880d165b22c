/** A studio on a loopback port: HTTP for bytes and pages, one WebSocket a tab for calls and events, the guard before both. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { socketPath } from '../../shared/contract/channels.ts';
import { AppError } from '../../shared/contract/errors.ts';
import type { Logger } from '../services/host.ts';
import { errorResponse } from '../services/http/errors.ts';
import { withSecurityHeaders } from '../services/http/security-headers.ts';
import { causeChain } from '../services/router.ts';
import type { Studio } from '../services/studio.ts';
import { createGuard, type Verdict } from './guard.ts';
import { drain, sendWebResponse, toWebRequest } from './node-adapter.ts';
import { createSockets, defaultSocketLimits, type SocketLimits } from './sockets.ts';

export interface ServeOptions {
  /** 0: any free one. */
  port: number;
  log: Logger;
  limits?: Partial<SocketLimits>;
}

export interface ServedStudio {
  readonly port: number;
  /** Without the token: what the page ends up at. */
  readonly origin: string;
  /** The address to print: lets a browser in for as long as the process lives. */
  readonly url: string;
  /** An address that lets a browser in once, within a minute. */
  openingUrl(): string;
  /** Stops listening and closes every connection; the studio itself is left to its owner. */
  close(): Promise<void>;
}

/** Rejects with `conflict` when the port is taken. */
export async function serveStudio(studio: Studio, options: ServeOptions): Promise<ServedStudio> {
  const { log } = options;
  const guard = createGuard();
  const sockets = createSockets(studio, log, { ...defaultSocketLimits, ...options.limits });
  let port = 0;

  const server = createServer({ requestTimeout: 0, headersTimeout: 20_000, maxHeaderSize: 32 * 1024 }, (message, reply) => {
    answer(message, reply).catch((error: unknown) => {
      log.error('answering a request failed', causeChain(error));
      reply.destroy();
    });
  });
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const verdict = guard.judge(message, port, 'socket');
    if (verdict.kind === 'allow' && message.url === socketPath) sockets.accept(message, socket, head);
    else refuseUpgrade(socket, verdict);
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });

  async function answer(message: IncomingMessage, reply: ServerResponse): Promise<void> {
    const verdict = guard.judge(message, port, 'http');
    const origin = `http://${verdict.kind === 'refuse' ? `127.0.0.1:${String(port)}` : (message.headers.host ?? '')}`;
    const abort = new AbortController();
    reply.once('close', () => abort.abort());
    const response = await respond(verdict, message, origin, abort.signal);
    if (!message.complete) reply.setHeader('Connection', 'close');
    await sendWebResponse(response, reply);
    drain(message);
  }

  async function respond(verdict: Verdict, message: IncomingMessage, origin: string, signal: AbortSignal): Promise<Response> {
    switch (verdict.kind) {
      case 'refuse':
        return withSecurityHeaders(refusal(verdict, message), new URL(origin));
      case 'enter': {
        const headers = { Location: '/', 'Set-Cookie': verdict.cookie, 'Cache-Control': 'no-store' };
        return withSecurityHeaders(new Response(null, { status: 303, headers }), new URL(origin));
      }
      case 'allow': {
        const request = toWebRequest(message, origin, signal);
        if (request !== null) return studio.handleRequest(request);
        const error = new AppError('invalid-request', 'The request is malformed.');
        return withSecurityHeaders(errorResponse(error), new URL(origin));
      }
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      void sockets.close();
      reject(portError(error, options.port));
    });
    server.listen(options.port, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;
  const origin = `http://127.0.0.1:${String(port)}`;
  return {
    port,
    origin,
    url: `${origin}/?token=${guard.token}`,
    openingUrl: () => `${origin}/?token=${guard.issueTicket()}`,
    async close() {
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets.close();
      server.closeAllConnections();
      await stopped;
    },
  };
}

function refusal(verdict: Extract<Verdict, { kind: 'refuse' }>, message: IncomingMessage): Response {
  const { status, action } = verdict;
  if ((message.headers.accept ?? '').includes('text/html')) {
    const body = `${verdict.message}\n${action}\n`;
    return new Response(body, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' } });
  }
  const error = errorResponse(new AppError('unauthorised', verdict.message, { action }));
  return new Response(error.body, { status, headers: error.headers });
}

function refuseUpgrade(socket: Duplex, verdict: Verdict): void {
  const [status, message] = verdict.kind === 'refuse' ? [verdict.status, verdict.message] : [404, 'There is no channel at this address.'];
  const body = `${message}\n`;
  const head = [
    `HTTP/1.1 ${String(status)} Refused`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return error;
  return new AppError('conflict', `Port ${String(port)} cannot be used (${error.code}).`, {
    action: 'Choose another one, or leave --port away to get any free one.',
    cause: error,
  });
}
