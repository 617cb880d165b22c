/**
 * Who may come in. The studio listens on the loopback interface, where every page in every browser and every user of the
 * machine can knock; so each request needs the session cookie, and must come from the studio's own page.
 *
 * The token of the printed URL stays good for as long as the process lives: the URL is only ever shown to the person who
 * started Kiln, who may want to open it again or in another browser. The page is redirected to the clean address at once,
 * so that the token stays out of the history and of referrers. The address handed to the desktop's browser opener, which
 * other users can see in the list of processes, carries a ticket instead: good once, and only for a minute.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type Verdict =
  | { kind: 'allow' }
  /** The token was right: set the cookie and go to the clean address. */
  | { kind: 'enter'; cookie: string }
  | { kind: 'refuse'; status: 400 | 401 | 403 | 421; message: string; action: string };

export interface Guard {
  /** For the printed URL. */
  readonly token: string;
  /** A token that works once within the next minute. */
  issueTicket(): string;
  /** `port` is the one really listened on. */
  judge(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>, port: number, channel: 'http' | 'socket'): Verdict;
}

const ticketLifetimeMs = 60_000;
const reopen = 'Open the address that Kiln printed when it started.';

export function createGuard(now: () => number = Date.now): Guard {
  const token = randomSecret();
  // Not the token: the browser keeps this one, and sends it to every port of the machine.
  const session = randomSecret();
  const tickets = new Map<string, number>();

  function redeem(candidate: string): boolean {
    if (sameSecret(candidate, token)) return true;
    for (const [ticket, expiresAtMs] of tickets) {
      if (expiresAtMs <= now()) tickets.delete(ticket);
      else if (sameSecret(candidate, ticket)) {
        tickets.delete(ticket);
        return true;
      }
    }
    return false;
  }

  return {
    token,
    issueTicket() {
      const ticket = randomSecret();
      tickets.set(ticket, now() + ticketLifetimeMs);
      return ticket;
    },
    judge(request, port, channel) {
      const { headers } = request;
      const host = headers.host ?? '';
      // A name that some outside DNS server made point here (rebinding) arrives in Host.
      if (host !== `127.0.0.1:${String(port)}` && host !== `localhost:${String(port)}`) {
        return { kind: 'refuse', status: 421, message: 'This is not the address of the studio.', action: reopen };
      }
      const method = request.method ?? '';
      const harmless = channel === 'http' && (method === 'GET' || method === 'HEAD');
      const origin = headers.origin;
      if (origin === undefined ? !harmless : origin !== `http://${host}`) {
        return { kind: 'refuse', status: 403, message: 'Only the page of the studio itself may ask this.', action: reopen };
      }
      const cookieName = `kiln-${String(port)}`;
      const candidate = channel === 'http' ? tokenOf(request.url ?? '/', host) : null;
      if (candidate !== null && harmless) {
        if (!redeem(candidate)) {
          return { kind: 'refuse', status: 401, message: 'This address is not valid (any more).', action: reopen };
        }
        return { kind: 'enter', cookie: `${cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/` };
      }
      if (!cookieValues(headers.cookie, cookieName).some((value) => sameSecret(value, session))) {
        return { kind: 'refuse', status: 401, message: 'This browser has not been let in.', action: reopen };
      }
      return { kind: 'allow' };
    },
  };
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

function tokenOf(target: string, host: string): string | null {
  if (!URL.canParse(target, `http://${host}`)) return null;
  const url = new URL(target, `http://${host}`);
  return url.pathname === '/' ? url.searchParams.get('token') : null;
}

function cookieValues(header: string | undefined, name: string): string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
