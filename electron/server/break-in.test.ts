/** Attempts to get in, or to bring the browser host down, over real sockets. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../shared/contract/errors.ts';
import type { StudioEvent } from '../../shared/contract/events.ts';
import { createEventBus } from '../services/events/event-bus.ts';
import type { CallReply } from '../services/router.ts';
import type { Studio } from '../services/studio.ts';
import { silentLog } from '../services/testing/scratch-library.ts';
import { serveStudio, type ServedStudio } from './serve-studio.ts';
import { enter, openSocket, rawRequest, untilClosed, untilOpen } from './testing/browser-client.ts';

const events = createEventBus(silentLog);
const reached: string[] = [];
let holdCalls: Promise<void> = Promise.resolve();

/** Records whatever gets past the doors: what is behind them is the contract suite's matter. */
const studio: Studio = {
  router: {
    async dispatch(name): Promise<CallReply> {
      reached.push(`call ${name}`);
      await holdCalls;
      return { ok: true, output: name };
    },
    call: () => Promise.reject(new Error('not used here')),
  },
  async handleRequest(request) {
    reached.push(`${request.method} ${new URL(request.url).pathname}`);
    if (request.method === 'POST') await request.body?.cancel();
    return new Response('inside', { status: request.method === 'POST' ? 413 : 200 });
  },
  events,
  dispose: () => Promise.resolve(),
};

let served: ServedStudio;
let cookie: string;
let host: string;
let inside: Record<string, string>;

beforeAll(async () => {
  served = await serveStudio(studio, { port: 0, log: silentLog, limits: { frameBytes: 64 * 1024, callsInFlight: 4, pingIntervalMs: 150 } });
  cookie = await enter(served.url);
  host = `127.0.0.1:${String(served.port)}`;
  inside = { Host: host, Cookie: cookie, Origin: served.origin };
});
afterAll(() => served.close());

describe('the token', () => {
  it('is 256 bits and buys a strict, script-proof cookie that is not the token', async () => {
    const token = new URL(served.url).searchParams.get('token') ?? '';
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const reply = await fetch(served.url, { redirect: 'manual' });
    const setCookie = reply.headers.getSetCookie().join();
    expect(setCookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(setCookie).not.toContain(token);
    expect([reply.headers.get('Location'), reply.headers.get('Referrer-Policy')]).toEqual(['/', 'no-referrer']);
  });

  it('of the opening address works once', async () => {
    const url = served.openingUrl();
    await enter(url);
    await expect(enter(url)).rejects.toThrow('401');
    await enter(served.url);
  });

  it.each(['', 'x', 'A'.repeat(43), '%00', '../..'])('does not take %j for it', async (token) => {
    reached.length = 0;
    const reply = await rawRequest(served.port, { path: `/?token=${token}`, headers: { Host: host } });
    expect([reply.status, reply.headers['set-cookie'], reached]).toEqual([401, undefined, []]);
  });

  it('is no good on other paths, methods or as the cookie', async () => {
    reached.length = 0;
    const token = new URL(served.url).searchParams.get('token') ?? '';
    const name = cookie.split('=')[0] ?? '';
    const attempts = [
      rawRequest(served.port, { path: `/asset/x?token=${token}`, headers: { Host: host } }),
      rawRequest(served.port, { path: `/?token=${token}`, method: 'POST', headers: { Host: host, Origin: served.origin } }),
      rawRequest(served.port, { headers: { Host: host, Cookie: `${name}=${token}` } }),
    ];
    for (const reply of await Promise.all(attempts)) expect(reply.status).toBe(401);
    expect(reached).toEqual([]);
  });
});

describe('requests', () => {
  const foreign = [
    'http://evil.example',
    'null',
    'https://127.0.0.1',
    'http://127.0.0.1',
    'http://127.0.0.1:1',
    'file://',
    'kiln://studio',
  ];

  it('come in with cookie, host and origin right', async () => {
    const reply = await rawRequest(served.port, { headers: inside });
    expect([reply.status, reply.body]).toEqual([200, 'inside']);
  });

  it.each([
    ['no cookie', {}],
    ['an empty cookie', { Cookie: '' }],
    ['another cookie', { Cookie: 'session=1' }],
    ['a guessed cookie', { Cookie: `kiln-0=${randomBytes(32).toString('base64url')}` }],
  ])('stay out with %s', async (_what, headers) => {
    reached.length = 0;
    const reply = await rawRequest(served.port, { path: '/asset/x', headers: { Host: host, ...headers } });
    expect([reply.status, reached]).toEqual([401, []]);
    expect((JSON.parse(reply.body) as { code: ErrorCode }).code).toBe('unauthorised');
  });

  it('stay out with a prefix of the cookie', async () => {
    const reply = await rawRequest(served.port, { headers: { Host: host, Cookie: cookie.slice(0, -1) } });
    expect(reply.status).toBe(401);
  });

  it.each(foreign)('stay out from the origin %s', async (origin) => {
    reached.length = 0;
    const get = await rawRequest(served.port, { headers: { ...inside, Origin: origin } });
    const post = await rawRequest(served.port, { method: 'POST', path: '/upload', headers: { ...inside, Origin: origin } });
    expect([get.status, post.status, reached]).toEqual([403, 403, []]);
  });

  it('that change something stay out without an origin', async () => {
    const reply = await rawRequest(served.port, { method: 'POST', path: '/upload', headers: { Host: host, Cookie: cookie } });
    expect(reply.status).toBe(403);
  });

  it('never get permission for another origin', async () => {
    const reply = await rawRequest(served.port, {
      method: 'OPTIONS',
      headers: { ...inside, Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' },
    });
    expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });

  it.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil.example:PORT',
    '127.0.0.1:PORT.evil.example',
    '0.0.0.0:PORT',
  ])('stay out with the rebinding host %j', async (name) => {
    reached.length = 0;
    const rebound = name.replace('PORT', String(served.port));
    const headers = { Cookie: cookie, Host: rebound, Origin: `http://${rebound}` };
    const reply = await rawRequest(served.port, { headers });
    const withToken = await rawRequest(served.port, { path: `/${new URL(served.url).search}`, headers: { Host: rebound } });
    expect([reply.status, withToken.status, withToken.headers['set-cookie'], reached]).toEqual([421, 421, undefined, []]);
  });

  it('cannot name another host in an absolute target', async () => {
    reached.length = 0;
    const replies = await Promise.all(
      ['http://evil.example/asset/x', '//evil.example/asset/x', '*'].map((path) => rawRequest(served.port, { path, headers: inside })),
    );
    expect([replies.map(({ status }) => status), reached]).toEqual([[400, 400, 400], []]);
  });

  it('that are not HTTP end at once', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(served.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('learn why a large upload is refused before it is all sent', async () => {
    const body = Buffer.alloc(20 * 1024 * 1024);
    const reply = await rawRequest(served.port, { method: 'POST', path: '/upload?purpose=image', headers: inside, body });
    expect([reply.status, reply.body]).toEqual([413, 'inside']);
  });

  it('carry the headers that keep the page to itself even when refused', async () => {
    const reply = await rawRequest(served.port, { path: '/asset/x', headers: { Host: 'evil.example' } });
    expect(reply.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    });
  });
});

describe('the socket', () => {
  it.each([
    ['no cookie', { Cookie: '' }, '/socket', 401],
    ['a foreign origin', { Origin: 'http://evil.example' }, '/socket', 403],
    ['no origin', { Origin: '' }, '/socket', 403],
    ['a rebinding host', { Host: 'evil.example', Origin: 'http://evil.example' }, '/socket', 421],
    ['another path', {}, '/', 404],
    ['the token instead of a cookie', { Cookie: '' }, '/?token=TOKEN', 401],
  ])('does not open with %s', async (_what, headers, path, status) => {
    const token = new URL(served.url).searchParams.get('token') ?? '';
    const wanted = Object.fromEntries(Object.entries({ ...inside, ...headers }).filter(([, value]) => value !== ''));
    const socket = openSocket(served.port, wanted, path.replace('TOKEN', token));
    await expect(untilOpen(socket)).rejects.toThrow(`Unexpected server response: ${String(status)}`);
  });

  async function open(): Promise<ReturnType<typeof openSocket>> {
    const socket = openSocket(served.port, inside);
    await untilOpen(socket);
    return socket;
  }

  it.each([
    ['that is not JSON', '{', 1007],
    ['that is empty', '', 1007],
    ['that is no object', '[]', 1007],
    ['without an id', '{"type":"call","name":"system.info"}', 1007],
    ['with a negative id', '{"type":"call","id":-1,"name":"system.info"}', 1007],
    ['of another type', '{"type":"result","id":1}', 1007],
    ['with an endless name', JSON.stringify({ type: 'call', id: 1, name: 'x'.repeat(101) }), 1007],
    ['nested to the depths', '['.repeat(60_000), 1007],
    ['in binary', Buffer.from('{"type":"call","id":1,"name":"system.info"}'), 1003],
    ['beyond the limit', JSON.stringify({ type: 'call', id: 1, name: 'a', input: 'x'.repeat(70_000) }), 1009],
  ])('closes on a frame %s, and says why', async (_what, frame, code) => {
    reached.length = 0;
    const socket = await open();
    const closed = untilClosed(socket);
    socket.send(frame);
    const { code: given, reason } = await closed;
    expect([given, reached]).toEqual([code, []]);
    // 1009 is ws's own doing and carries no text.
    if (code !== 1009) expect(reason).not.toBe('');
  });

  it('closes on bytes that are no frame at all', async () => {
    const answer = await new Promise<Buffer>((resolve) => {
      const key = randomBytes(16).toString('base64');
      const lines = [`Host: ${host}`, `Cookie: ${cookie}`, `Origin: ${served.origin}`, 'Connection: Upgrade', 'Upgrade: websocket'];
      const head = ['GET /socket HTTP/1.1', ...lines, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`].join('\r\n');
      const socket = connect(served.port, '127.0.0.1', () => socket.write(`${head}\r\n\r\n`));
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => {
        chunks.push(chunk);
        if (chunks.length === 1) socket.write(randomBytes(8).fill(0xff));
      });
      socket.on('close', () => resolve(Buffer.concat(chunks)));
    });
    // A close frame with 1002, protocol error.
    expect(answer.subarray(-2).readUInt16BE()).toBe(1002);
  });

  it('answers a bounded number of calls at a time, and all of them in the end', async () => {
    reached.length = 0;
    let release = (): void => undefined;
    holdCalls = new Promise((resolve) => (release = resolve));
    const socket = await open();
    const answers: number[] = [];
    socket.on('message', (data) => answers.push((JSON.parse((data as Buffer).toString()) as { id: number }).id));
    for (let id = 0; id < 50; id += 1) socket.send(JSON.stringify({ type: 'call', id, name: 'a' }));
    await expect.poll(() => reached.length).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reached).toHaveLength(4);
    release();
    await expect.poll(() => answers.length).toBe(50);
    expect(new Set(answers).size).toBe(50);
    holdCalls = Promise.resolve();
    socket.terminate();
  });

  it('lets go of a page that neither reads nor answers', async () => {
    const socket = await open();
    const closed = untilClosed(socket);
    // What a suspended machine or a dead network looks like: pings go unanswered.
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.resume();
    expect((await closed).code).toBe(1006);
  });
});

describe('a page that reads too slowly', () => {
  it('misses progress, is then let go, and holds up nobody else', async () => {
    const limits = { skipAboveBytes: 64 * 1024, closeAboveBytes: 1024 * 1024 };
    const other = await serveStudio(studio, { port: 0, log: silentLog, limits });
    const headers = { Cookie: await enter(other.url), Origin: other.origin };
    const [slow, quick] = [openSocket(other.port, headers), openSocket(other.port, headers)];
    await Promise.all([untilOpen(slow), untilOpen(quick)]);
    const closed = untilClosed(slow);
    let heard = 0;
    quick.on('message', () => (heard += 1));
    slow.pause();
    const event: StudioEvent = { type: 'notice', level: 'info', message: 'x'.repeat(256 * 1024), action: null };
    for (let round = 0; round < 60; round += 1) {
      events.publish(event);
      await new Promise((resolve) => setImmediate(resolve));
      await expect.poll(() => heard, { interval: 1 }).toBe(round + 1);
    }
    slow.resume();
    expect((await closed).code).toBe(1013);
    await other.close();
  });
});

describe('closing', () => {
  it('tells open pages, frees the port and does not wait for the idle', async () => {
    const other = await serveStudio(studio, { port: 0, log: silentLog });
    const socket = openSocket(other.port, { Cookie: await enter(other.url), Origin: other.origin });
    await untilOpen(socket);
    const closed = untilClosed(socket);
    await other.close();
    expect((await closed).code).toBe(1001);
    const again = await serveStudio(studio, { port: other.port, log: silentLog });
    await expect(serveStudio(studio, { port: again.port, log: silentLog })).rejects.toMatchObject({ code: 'conflict' });
    await again.close();
  });

  it('leaves nothing listening beyond the loopback interface', async () => {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect(served.port, '127.0.0.2');
      socket.on('error', () => resolve(true));
      socket.on('connect', () => {
        socket.destroy();
        resolve(false);
      });
    });
    expect(refused).toBe(true);
  });
});
