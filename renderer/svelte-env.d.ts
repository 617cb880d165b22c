import type { PreloadBridge } from '../shared/contract/transport.ts';

declare global {
  interface Window {
    /** Electron's preload; absent in the browser host. */
    readonly kiln?: PreloadBridge;
  }
}
