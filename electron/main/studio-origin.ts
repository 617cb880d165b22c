/** Electron's own address for the studio. Pages, pictures and uploads all live under this one origin. */
import type { CustomScheme } from 'electron';

export const studioScheme = 'kiln';
export const studioOrigin = 'kiln://studio';
export const studioPage = `${studioOrigin}/`;

export const studioPrivileges: CustomScheme = {
  scheme: studioScheme,
  privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
};

/** By scheme and host: URL's own `origin` is "null" for schemes that browsers do not know. */
export function isStudioUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === `${studioScheme}:` && url.host === 'studio' && url.username === '' && url.password === '';
}

export function isStudioPage(text: string): boolean {
  return isStudioUrl(text) && ['/', '/index.html'].includes(new URL(text).pathname);
}
