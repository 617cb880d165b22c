/** What the page may not do: leave, open windows, ask for devices, reach the network. */
import type { Session, WebContents } from 'electron';
import { safeFileName } from '../services/http/content-disposition.ts';
import { isStudioPage, isStudioUrl } from './studio-origin.ts';

type Contents = Pick<WebContents, 'on' | 'setWindowOpenHandler'>;
type HardenedSession = Pick<
  Session,
  'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'webRequest' | 'on'
>;

export function hardenContents(contents: Contents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (details) => {
    if (!isAllowedNavigation(details.url)) details.preventDefault();
  });
  contents.on('will-frame-navigate', (details) => {
    if (!details.isMainFrame || !isAllowedNavigation(details.url)) details.preventDefault();
  });
  contents.on('will-redirect', (details) => {
    details.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
}

/** Reloading the page, or following a link to an export, which turns into a download. */
function isAllowedNavigation(url: string): boolean {
  return isStudioPage(url) || isDownload(url);
}

function isDownload(url: string): boolean {
  return isStudioUrl(url) && /^\/export\/[0-9A-Z]{26}$/.test(new URL(url).pathname);
}

const allowedProtocols = new Set(['kiln:', 'blob:', 'data:', 'devtools:']);

/** Copying a picture, and hearing MIDI keyboards (without system exclusive messages): all that a page may do beyond itself. */
const allowedPermissions: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'midi']);

/** @param dialogTitle title of the native save dialog that every download shows */
export function hardenSession(session: HardenedSession, dialogTitle: string): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(allowedPermissions.has(permission)));
  session.setPermissionCheckHandler((_contents, permission) => allowedPermissions.has(permission));
  session.setDevicePermissionHandler(() => false);
  // Kiln works offline: nothing a page or a dependency does can reach out.
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !URL.canParse(details.url) || !allowedProtocols.has(new URL(details.url).protocol) });
  });
  session.on('will-download', (event, item) => {
    const url = item.getURL();
    if (isDownload(url) || url.startsWith('blob:kiln://studio/')) {
      item.setSaveDialogOptions({ title: dialogTitle, defaultPath: safeFileName(item.getFilename()) });
    } else {
      event.preventDefault();
    }
  });
}
