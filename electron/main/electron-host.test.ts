import type { IpcMainInvokeEvent } from 'electron';
import { ipcEventChannel } from '../../shared/contract/channels.ts';
import type { ServerFrame } from '../../shared/contract/transport.ts';
import { describeHostContract } from '../services/testing/host-contract.ts';
import { connectIpc } from './ipc-transport.ts';
import { studioOrigin, studioPage } from './studio-origin.ts';
import { serveProtocol } from './studio-protocol.ts';

type IpcHandler = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown;
type ProtocolHandler = (request: Request) => Response | Promise<Response>;

/** Electron's two seams stand in for the real ones: everything behind them is the real host. */
describeHostContract('The Electron host', (studio) => {
  let ipcHandler: IpcHandler | null = null;
  let protocolHandler: ProtocolHandler | null = null;
  const listeners = new Set<(event: unknown) => void>();

  const disconnect = connectIpc({
    studio,
    ipcMain: {
      handle: (_channel, handler) => void (ipcHandler = handler),
      removeHandler: () => void (ipcHandler = null),
    },
    listeners: () => [
      {
        isDestroyed: () => false,
        getURL: () => studioPage,
        send(channel, event: unknown) {
          if (channel === ipcEventChannel) for (const listener of listeners) listener(structuredClone(event));
        },
      },
    ],
  });
  serveProtocol({ handle: (_scheme, handler) => void (protocolHandler = handler) }, studio);

  const event = { senderFrame: { parent: null, url: studioPage } } as IpcMainInvokeEvent;
  return Promise.resolve({
    async call(name, input) {
      if (ipcHandler === null) throw new Error('nothing handles calls');
      return structuredClone(await ipcHandler(event, structuredClone({ type: 'call', id: 0, name, input }))) as ServerFrame;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async fetch(path, init) {
      if (protocolHandler === null) throw new Error('nothing serves the scheme');
      return protocolHandler(new Request(studioOrigin + path, init));
    },
    close() {
      disconnect();
      return Promise.resolve();
    },
  });
});
