/**
 * The one module of Kiln that connects to other machines. Nothing passes it while the settings say "offline"; https only, except
 * to this machine; the token goes to the hub and nowhere else, redirects included.
 */
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { AppError } from '../../../../shared/contract/errors.ts';
import { isLoopback } from '../../../../shared/domain/settings.ts';
import type { SettingsService } from '../../service-types.ts';
import { connectionError } from './network-error.ts';

const mostRedirects = 5;
const largestHeaderBytes = 32 * 1024;

export interface HubResponse {
  status: number;
  /** Lower-case names; of the redirects and the final answer together, the first that gave a value counts. */
  header(name: string): string | null;
  body: IncomingMessage;
}

export interface HubConnection {
  /**
   * GET of an address on the hub, redirects followed.
   * @param path absolute path and query below the hub's address, encoded
   * @throws offline; network (a redirect that is not followed, no connection); cancelled
   */
  get(path: string, options: { signal: AbortSignal; headers?: Record<string, string> }): Promise<HubResponse>;
  /** For people and for links: the hub's address. */
  readonly address: string;
}

export interface HubConnectionOptions {
  settings: Pick<SettingsService, 'get' | 'hubToken'>;
  version: string;
  /** Nothing received for so long counts as cut. */
  idleTimeoutMs?: number;
}

export const offlineError = (): AppError =>
  new AppError('offline', 'Kiln is offline: it makes no connections.', {
    action: 'Allow downloads in Settings, Network, then try again.',
  });

export function createHubConnection({ settings, version, idleTimeoutMs = 30_000 }: HubConnectionOptions): HubConnection {
  function requireOnline(): void {
    if (settings.get().network === 'offline') throw offlineError();
  }

  function open(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
    requireOnline();
    const send = url.protocol === 'https:' ? requestSecure : requestPlain;
    return new Promise((resolve, reject) => {
      const request = send(url, { headers, signal, agent: false, maxHeaderSize: largestHeaderBytes }, (response) => {
        // A connection that goes silent while the body comes ends it with an error, too.
        response.setTimeout(idleTimeoutMs, () => response.destroy(silent(url)));
        resolve(response);
      });
      request.setTimeout(idleTimeoutMs, () => request.destroy(silent(url)));
      request.on('error', (error) => reject(connectionError(error, url.host)));
      request.end();
    });
  }

  return {
    get address() {
      return settings.get().hubUrl;
    },
    async get(path, { signal, headers = {} }) {
      requireOnline();
      const hub = new URL(settings.get().hubUrl);
      let url = new URL(`${settings.get().hubUrl}${path}`);
      const seen = new Map<string, string>();
      for (let hop = 0; hop <= mostRedirects; hop += 1) {
        requireAllowed(url, hub);
        const token = url.origin === hub.origin ? settings.hubToken() : null;
        const response = await open(
          url,
          {
            'User-Agent': `Kiln/${version}`,
            Accept: '*/*',
            // The bytes are hashed and counted as they are.
            'Accept-Encoding': 'identity',
            ...headers,
            ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
          },
          signal,
        );
        for (const [name, value] of Object.entries(response.headers)) {
          if (value !== undefined && !seen.has(name)) seen.set(name, Array.isArray(value) ? value.join(', ') : value);
        }
        const status = response.statusCode ?? 0;
        const { location } = response.headers;
        if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
          const own = new Map(Object.entries(response.headers));
          return {
            status,
            header: (name) => {
              const value = own.get(name) ?? seen.get(name);
              return value === undefined ? null : String(value);
            },
            body: response,
          };
        }
        response.destroy();
        url = redirected(location, url);
      }
      throw new AppError('network', `${hub.host} sends requests in circles.`, { action: 'Try again later.' });
    },
  };
}

function redirected(location: string, from: URL): URL {
  try {
    return new URL(location, from);
  } catch (error) {
    throw new AppError('network', `${from.host} refers to an address that is none.`, { cause: error });
  }
}

/** A hub elsewhere must not make Kiln talk to this machine's own services. */
function requireAllowed(url: URL, hub: URL): void {
  const here = isLoopback(url.hostname);
  if (url.username !== '' || url.password !== '') throw refused(url, 'the address carries a password');
  if (here && !isLoopback(hub.hostname)) throw refused(url, 'it is this machine itself');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) throw refused(url, 'the connection would not be encrypted');
}

const refused = (url: URL, why: string): AppError =>
  new AppError('network', `Kiln does not connect to ${url.host === '' ? url.protocol : url.host}: ${why}.`, {
    action: 'Check the address of the hub in Settings, Network.',
  });

const silent = (url: URL): Error => Object.assign(new Error(`${url.host} went silent`), { code: 'ETIMEDOUT' });
