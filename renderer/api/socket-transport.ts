/**
 * Calls and events over the browser host's WebSocket. Calls made while the studio is away wait and are sent when it is
 * back; calls already sent when the line broke fail, because nobody knows whether they were carried out.
 */
import { AppError } from '../../shared/contract/errors.ts';
import type { StudioEvent } from '../../shared/contract/events.ts';
import { serverFrameSchema, type ClientFrame, type Transport } from '../../shared/contract/transport.ts';
import { parseOutput } from './parse-output.ts';

/** What is used of a WebSocket; tests supply their own. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

export interface SocketTransportOptions {
  open: () => Socket;
  /** Delay before the nth attempt to reconnect, from 1. */
  retryDelayMs?: (attempt: number) => number;
  setTimer?: (run: () => void, delayMs: number) => unknown;
}

interface PendingCall {
  frame: ClientFrame;
  sent: boolean;
  resolve: (output: unknown) => void;
  reject: (error: AppError) => void;
}

const defaultRetryDelayMs = (attempt: number): number => Math.min(5_000, 250 * 2 ** (attempt - 1));

export function createSocketTransport(options: SocketTransportOptions): Transport {
  const retryDelayMs = options.retryDelayMs ?? defaultRetryDelayMs;
  const setTimer = options.setTimer ?? ((run, delayMs) => setTimeout(run, delayMs));
  const listeners = new Set<(event: StudioEvent) => void>();
  const connectionListeners = new Set<(state: 'connected' | 'lost') => void>();
  const pending = new Map<number, PendingCall>();
  let socket: Socket | null = null;
  let state: 'connecting' | 'connected' | 'lost' = 'connecting';
  let nextId = 0;
  let attempt = 0;

  function setState(next: 'connected' | 'lost'): void {
    if (state === next) return;
    state = next;
    for (const listener of connectionListeners) listener(next);
  }

  function receive(data: unknown): void {
    const frame = readFrame(data);
    if (frame === null) return;
    if (frame.type === 'event') {
      for (const listener of listeners) listener(frame.event);
      return;
    }
    const call = pending.get(frame.id);
    pending.delete(frame.id);
    if (frame.type === 'result') call?.resolve(frame.output);
    else call?.reject(AppError.fromWire(frame.error));
  }

  function connect(): void {
    const opened = options.open();
    opened.onopen = () => {
      socket = opened;
      attempt = 0;
      for (const call of pending.values()) transmit(call);
      setState('connected');
    };
    opened.onmessage = (event) => receive(event.data);
    opened.onclose = () => {
      opened.onclose = null;
      socket = null;
      for (const [id, call] of pending) {
        if (!call.sent) continue;
        pending.delete(id);
        call.reject(lostError());
      }
      setState('lost');
      attempt += 1;
      setTimer(connect, retryDelayMs(attempt));
    };
  }

  function transmit(call: PendingCall): void {
    if (socket === null) return;
    call.sent = true;
    socket.send(JSON.stringify(call.frame));
  }

  connect();

  return {
    async call(name, input) {
      const id = nextId;
      nextId += 1;
      const output = await new Promise<unknown>((resolve, reject) => {
        const call: PendingCall = { frame: { type: 'call', id, name, input }, sent: false, resolve, reject };
        pending.set(id, call);
        transmit(call);
      });
      return parseOutput(name, output);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onConnection(listener) {
      connectionListeners.add(listener);
      if (state !== 'connecting') listener(state);
      return () => connectionListeners.delete(listener);
    },
  };
}

function readFrame(data: unknown) {
  if (typeof data !== 'string') return null;
  try {
    const parsed = serverFrameSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function lostError(): AppError {
  return new AppError('internal', 'The connection to the studio was lost before it answered.', {
    action: 'Kiln reconnects by itself; then try again.',
  });
}
