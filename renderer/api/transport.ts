import { socketPath, type Transport } from '../../shared/contract/transport.ts';
import { createBridgeTransport } from './bridge-transport.ts';
import { createSocketTransport } from './socket-transport.ts';

/** The way to the studio, chosen once: the preload bridge where there is one, else the browser host's socket. */
export function createTransport(window: Window): Transport {
  if (window.kiln !== undefined) return createBridgeTransport(window.kiln);
  const address = new URL(socketPath, window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return createSocketTransport({ open: () => new WebSocket(address) });
}
