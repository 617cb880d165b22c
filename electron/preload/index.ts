/** All that the page gets of Electron: calls out, events in. Runs sandboxed, in a world of its own. */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { ipcCallChannel, ipcEventChannel } from '../../shared/contract/channels.ts';
import type { PreloadBridge, ServerFrame } from '../../shared/contract/transport.ts';

const bridge: PreloadBridge = {
  call: (name, input) => ipcRenderer.invoke(ipcCallChannel, { type: 'call', id: 0, name, input }) as Promise<ServerFrame>,
  subscribe(listener) {
    // The page never sees the ipc event, which carries the sender.
    const forward = (_event: IpcRendererEvent, event: unknown): void => {
      listener(event);
    };
    ipcRenderer.on(ipcEventChannel, forward);
    return () => {
      ipcRenderer.off(ipcEventChannel, forward);
    };
  },
};

contextBridge.exposeInMainWorld('kiln', bridge);
