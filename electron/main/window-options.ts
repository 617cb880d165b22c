import type { BrowserWindowConstructorOptions } from 'electron';
import { minimumSize } from './window-state.ts';

/** @param preload absolute path of the built preload */
export function windowOptions(
  preload: string,
  place: { x?: number; y?: number; width: number; height: number },
): BrowserWindowConstructorOptions {
  return {
    ...place,
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    show: false,
    title: 'Kiln',
    backgroundColor: '#1b1b1f',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      // A generation must not slow down because its window is behind another.
      backgroundThrottling: false,
    },
  };
}
