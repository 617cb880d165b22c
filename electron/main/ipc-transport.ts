/** Calls and events over Electron's ipc. Only the top frame of the studio's own page is answered. */
import type { IpcMain, IpcMainInvokeEvent, WebContents } from 'electron';
import { ipcCallChannel, ipcEventChannel } from '../../shared/contract/channels.ts';
import type { WireError } from '../../shared/contract/errors.ts';
import type { ServerFrame } from '../../shared/contract/transport.ts';
import { answerCall, parseClientFrame } from '../services/frames.ts';
import type { Studio } from '../services/studio.ts';
import { isStudioPage } from './studio-origin.ts';

export interface IpcTransportOptions {
  ipcMain: Pick<IpcMain, 'handle' | 'removeHandler'>;
  studio: Pick<Studio, 'router' | 'events'>;
  /** Windows that hear events. */
  listeners: () => readonly Pick<WebContents, 'send' | 'isDestroyed' | 'getURL'>[];
}

/** Returns how to disconnect. */
export function connectIpc({ ipcMain, studio, listeners }: IpcTransportOptions): () => void {
  ipcMain.handle(ipcCallChannel, async (event, value: unknown): Promise<ServerFrame> => {
    if (!isFromStudio(event)) return refused({ code: 'unauthorised', message: 'Only the page of the studio itself may ask this.' });
    const frame = parseClientFrame(value);
    if (frame === null) return refused({ code: 'invalid-request', message: 'The frame is not one of the contract.' });
    return answerCall(studio.router, frame);
  });
  const unsubscribe = studio.events.subscribe((event) => {
    for (const contents of listeners()) {
      if (!contents.isDestroyed() && isStudioPage(contents.getURL())) contents.send(ipcEventChannel, event);
    }
  });
  return () => {
    unsubscribe();
    ipcMain.removeHandler(ipcCallChannel);
  };
}

function isFromStudio({ senderFrame }: Pick<IpcMainInvokeEvent, 'senderFrame'>): boolean {
  return senderFrame !== null && senderFrame.parent === null && isStudioPage(senderFrame.url);
}

function refused(error: WireError): ServerFrame {
  return { type: 'error', id: 0, error };
}
