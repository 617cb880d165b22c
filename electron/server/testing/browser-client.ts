/** A browser's side of the browser host, down to the bytes: real sockets, cookies and origins. */
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';
import { serverFrameSchema, socketPath, type ServerFrame } from '../../../shared/contract/transport.ts';
import type { HostConnection } from '../../services/testing/host-contract.ts';
import type { ServedStudio } from '../serve-studio.ts';

/** Follows the printed address as far as the cookie. */
export async function enter(url: string): Promise<string> {
  const response = await fetch(url, { redirect: 'manual' });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  if (response.status !== 303 || cookie === undefined) throw new Error(`not let in: ${String(response.status)}`);
  return cookie;
}

export interface RawReply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request with the exact target and headers, which fetch would tidy up. */
export function rawRequest(
  port: number,
  options: { method?: string; path?: string; headers?: OutgoingHttpHeaders; body?: Uint8Array | string },
): Promise<RawReply> {
  const { method = 'GET', path = '/', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', reject);
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export function openSocket(port: number, headers: Record<string, string>, path: string = socketPath): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, { headers });
}

export function untilOpen(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
}

export function untilClosed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
}

export async function connectBrowser(served: ServedStudio): Promise<HostConnection> {
  const cookie = await enter(served.url);
  const socket = openSocket(served.port, { Cookie: cookie, Origin: served.origin });
  await untilOpen(socket);
  const waiting = new Map<number, (frame: ServerFrame) => void>();
  const listeners = new Set<(event: unknown) => void>();
  socket.setMaxListeners(0);
  let nextId = 0;
  socket.on('message', (data) => {
    const frame = serverFrameSchema.parse(JSON.parse((data as Buffer).toString()));
    if (frame.type === 'event') for (const listener of listeners) listener(frame.event);
    else waiting.get(frame.id)?.(frame);
  });
  return {
    call(name, input) {
      const id = (nextId += 1);
      return new Promise((resolve, reject) => {
        waiting.set(id, resolve);
        socket.once('close', (code, reason) => reject(new Error(`closed: ${String(code)} ${reason.toString()}`)));
        socket.send(JSON.stringify({ type: 'call', id, name, input }));
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    fetch(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set('Cookie', cookie);
      headers.set('Origin', served.origin);
      return fetch(served.origin + path, { ...init, headers });
    },
    async close() {
      if (socket.readyState === socket.CLOSED) return;
      const closed = untilClosed(socket);
      socket.close();
      await closed;
    },
  };
}
