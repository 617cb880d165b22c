/** Names of the message channels, apart from the schemas so that the preload can take them without zod. */

/** Electron: the one pair of channels the preload bridges. */
export const ipcCallChannel = 'kiln:call';
export const ipcEventChannel = 'kiln:event';

/** Browser host: where the page opens its WebSocket. */
export const socketPath = '/socket';
