/** Opens the user's own browser, where there is a desktop to show it on. */
import { spawn } from 'node:child_process';

export interface Opener {
  command: string;
  args: string[];
}

/** What opens an address here; null when nothing can be shown. */
export function openerFor(
  url: string,
  platform: NodeJS.Platform = process.platform,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Opener | null {
  switch (platform) {
    case 'darwin':
      return { command: 'open', args: [url] };
    case 'win32':
      // The empty argument is the window's title; without it, `start` takes the address for one.
      return { command: 'cmd.exe', args: ['/d', '/c', 'start', '""', url.replaceAll('&', '^&')] };
    default:
      return hasDisplay(platform, env) ? { command: 'xdg-open', args: [url] } : null;
  }
}

export function hasDisplay(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): boolean {
  if (platform === 'darwin' || platform === 'win32') return true;
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '';
}

/** Fire and forget: the printed address is there for whoever sees no browser come up. */
export function openBrowser(opener: Opener): void {
  const child = spawn(opener.command, opener.args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
