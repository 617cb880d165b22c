/** Node's http messages as web-standard requests and responses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';

/** Null when the request line or a header cannot be expressed as a web request. */
export function toWebRequest(message: IncomingMessage, origin: string, signal: AbortSignal): Request | null {
  const method = message.method ?? 'GET';
  const target = message.url ?? '/';
  // Only origin-form targets: an absolute one could name another host than the one that was checked.
  if (!target.startsWith('/') || target.startsWith('//')) return null;
  try {
    const headers = new Headers();
    for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
      headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '');
    }
    const hasBody = method !== 'GET' && method !== 'HEAD';
    return new Request(new URL(target, origin), {
      method,
      headers,
      signal,
      ...(hasBody ? { body: bodyOf(message), duplex: 'half' as const } : {}),
    });
  } catch {
    return null;
  }
}

/**
 * The body as a web stream. Cancelling it only stops the reading: destroying the message, as Readable.toWeb does, would
 * also destroy the connection that the answer has yet to go out on.
 */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array> {
  let over = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const finish = (action: () => void): void => {
          if (over) return;
          over = true;
          action();
        };
        message.on('data', (chunk: Buffer) => {
          if (over) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) message.pause();
        });
        message.once('end', () => finish(() => controller.close()));
        message.once('error', (error) => finish(() => controller.error(error)));
        message.once('close', () => finish(() => controller.error(new DOMException('The client went away.', 'AbortError'))));
        message.pause();
      },
      pull() {
        message.resume();
      },
      cancel() {
        over = true;
        message.pause();
      },
    },
    { highWaterMark: 1 << 20, size: (chunk) => chunk.byteLength },
  );
}

/** Sends the response; resolves when it is out or the client is gone. */
export async function sendWebResponse(response: Response, target: ServerResponse): Promise<void> {
  target.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') target.setHeader(name, value);
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) target.setHeader('Set-Cookie', cookies);
  if (response.body === null) {
    target.end();
    return;
  }
  try {
    await pipeline(Readable.fromWeb(response.body as ReadableStream<Uint8Array>), target);
  } catch {
    // The client went away, or the file broke off: either way there is nobody to tell but the connection.
    target.destroy();
  }
}

const drainLimitBytes = 64 * 1024 * 1024;
const drainTimeoutMs = 5_000;

/**
 * Reads a refused upload to its end, within bounds: a browser that is cut off while it still sends never shows the answer
 * that says why.
 */
export function drain(message: IncomingMessage): void {
  if (message.complete || message.destroyed) return;
  let bytes = 0;
  const timer = setTimeout(() => message.destroy(), drainTimeoutMs);
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > drainLimitBytes) message.destroy();
  });
  message.once('close', () => clearTimeout(timer));
  message.resume();
}
