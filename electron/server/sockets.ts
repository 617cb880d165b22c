/** The message channel of the browser host: calls and their answers, events, over one WebSocket a tab. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { StudioEvent } from '../../shared/contract/events.ts';
import type { ServerFrame } from '../../shared/contract/transport.ts';
import { answerCall, parseClientFrame } from '../services/frames.ts';
import type { Logger } from '../services/host.ts';
import { causeChain } from '../services/router.ts';
import type { Studio } from '../services/studio.ts';

export interface SocketLimits {
  /** Largest frame a client may send. Pictures travel by HTTP, so calls are small. */
  frameBytes: number;
  /** Unsent bytes beyond which news that a later one replaces is skipped. */
  skipAboveBytes: number;
  /** Unsent bytes beyond which the client is let go; it reconnects and asks for everything anew. */
  closeAboveBytes: number;
  /** Calls of one client being answered at a time; further frames wait in the network. */
  callsInFlight: number;
  pingIntervalMs: number;
  clients: number;
}

export const defaultSocketLimits: SocketLimits = {
  frameBytes: 8 * 1024 * 1024,
  skipAboveBytes: 1024 * 1024,
  closeAboveBytes: 32 * 1024 * 1024,
  callsInFlight: 64,
  pingIntervalMs: 30_000,
  clients: 64,
};

/** Close codes of RFC 6455. */
const closeCodes = { goingAway: 1001, notText: 1003, malformed: 1007, tryAgainLater: 1013 };

export interface Sockets {
  /** The request has passed the guard. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): Promise<void>;
}

export function createSockets(studio: Pick<Studio, 'router' | 'events'>, log: Logger, limits: SocketLimits): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: limits.frameBytes, perMessageDeflate: false });
  const alive = new WeakSet<WebSocket>();

  const unsubscribe = studio.events.subscribe((event) => {
    if (server.clients.size === 0) return;
    const text = JSON.stringify({ type: 'event', event } satisfies ServerFrame);
    for (const client of server.clients) {
      if (client.bufferedAmount > limits.closeAboveBytes) client.close(closeCodes.tryAgainLater, 'The page reads too slowly.');
      else if (client.bufferedAmount <= limits.skipAboveBytes || !isReplaceable(event)) send(client, text);
    }
  });

  const pings = setInterval(() => {
    for (const client of server.clients) {
      if (!alive.has(client)) client.terminate();
      alive.delete(client);
      client.ping();
    }
  }, limits.pingIntervalMs);
  pings.unref();

  function welcome(client: WebSocket): void {
    const waiting: Call[] = [];
    let inFlight = 0;
    alive.add(client);

    function answerWaiting(): void {
      for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
        inFlight += 1;
        void answerCall(studio.router, call).then((answer) => {
          inFlight -= 1;
          send(client, JSON.stringify(answer));
          answerWaiting();
        });
        if (inFlight >= limits.callsInFlight) break;
      }
      // What has already arrived still comes out of a paused socket; the rest waits in the network.
      if (waiting.length > 0) client.pause();
      else if (client.isPaused) client.resume();
    }

    client.on('pong', () => alive.add(client));
    client.on('error', (error) => log.debug('a client broke the protocol', causeChain(error)));
    client.on('message', (data, isBinary) => {
      alive.add(client);
      const frame = readFrame(data, isBinary);
      if ('closeCode' in frame) {
        client.close(frame.closeCode, frame.reason);
        return;
      }
      waiting.push(frame);
      if (inFlight < limits.callsInFlight) answerWaiting();
      else client.pause();
    });
  }

  return {
    accept(request, socket, head) {
      if (server.clients.size >= limits.clients) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, welcome);
    },
    async close() {
      unsubscribe();
      clearInterval(pings);
      for (const client of server.clients) client.close(closeCodes.goingAway, 'Kiln is closing.');
      // A page that does not answer the closing handshake cannot hold the process.
      const timer = setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, 1_000);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await closed(server);
      clearTimeout(timer);
    },
  };
}

function closed(server: WebSocketServer): Promise<unknown> {
  return Promise.all([...server.clients].map((client) => new Promise((resolve) => client.once('close', resolve))));
}

function send(client: WebSocket, text: string): void {
  if (client.readyState === client.OPEN) client.send(text);
}

/** News that is soon followed by newer of the same kind: progress and previews. Ends and lists are always told. */
function isReplaceable(event: StudioEvent): boolean {
  return event.type === 'job.preview' || (event.type === 'job.changed' && event.job.status.state === 'running');
}

interface Call {
  id: number;
  name: string;
  input?: unknown;
}
type ReadFrame = Call | { closeCode: number; reason: string };

function readFrame(data: RawData, isBinary: boolean): ReadFrame {
  if (isBinary) return { closeCode: closeCodes.notText, reason: 'Frames are JSON text.' };
  let value: unknown;
  try {
    value = JSON.parse((data as Buffer).toString('utf8'));
  } catch {
    return { closeCode: closeCodes.malformed, reason: 'The frame is not JSON.' };
  }
  return parseClientFrame(value) ?? { closeCode: closeCodes.malformed, reason: 'The frame is not one of the contract.' };
}
