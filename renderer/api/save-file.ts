/** Hands bytes made in this window to the browser, which saves them under a name. */
import { download } from './download.ts';

export function saveFile(contents: string | Uint8Array<ArrayBuffer> | Blob, fileName: string, mediaType: string): void {
  const blob = contents instanceof Blob ? contents : new Blob([contents], { type: mediaType });
  const address = URL.createObjectURL(blob);
  download(address, fileName);
  // The browser has taken the address by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
