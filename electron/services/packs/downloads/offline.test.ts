import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import dns from 'node:dns';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lamaLikeGraph } from '../../../../models/testing/graphs.ts';
import { withSecurityHeaders } from '../../http/security-headers.ts';
import { openTestStudio, type TestStudio } from '../../testing/studio-host.ts';
import { startFakeHub, type FakeHub } from './testing/fake-hub.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

describe('offline, which is the default', () => {
  let data: string;
  let hub: FakeHub;
  let open: TestStudio;

  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'kiln-offline-'));
    hub = await startFakeHub();
    hub.add('acme/lama', { card: { license: 'mit' }, files: { 'lama.onnx': { bytes: lamaLikeGraph(64), lfs: true } } });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await open.studio.dispose();
    await hub.close();
    await rm(data, { recursive: true, force: true });
  });

  it(
    'opens no connection whatever is asked for; allowed, it fetches, checks, installs and runs by name',
    { timeout: 120_000 },
    async () => {
      const spies = [
        vi.spyOn(net.Socket.prototype, 'connect'),
        vi.spyOn(net, 'connect'),
        vi.spyOn(net, 'createConnection'),
        vi.spyOn(tls, 'connect'),
        vi.spyOn(http, 'request'),
        vi.spyOn(http, 'get'),
        vi.spyOn(https, 'request'),
        vi.spyOn(https, 'get'),
        vi.spyOn(dns, 'lookup'),
        vi.spyOn(globalThis, 'fetch'),
      ];
      open = await openTestStudio(data);
      const { router } = open.studio;
      await router.call('settings.update', { hubUrl: hub.url, hubToken: 'hf_x' });
      await expect(router.call('downloads.plan', { repository: 'acme/lama' })).rejects.toMatchObject({
        code: 'offline',
        action: expect.stringMatching(/Settings/) as string,
      });
      await expect(
        router.call('downloads.start', { repository: 'acme/lama', commit: 'a'.repeat(40), variantId: 'x' }),
      ).rejects.toMatchObject({ code: 'offline' });
      expect(await router.call('downloads.list', undefined)).toEqual([]);
      await writeFile(join(data, 'mine.onnx'), lamaLikeGraph(32));
      const mine = await router.call('packs.import', { from: { kind: 'path', path: join(data, 'mine.onnx') } });
      await router.call('packs.verify', { id: mine.manifest.id });
      await router.call('packs.list', undefined);
      await router.call('system.info', undefined);
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
      expect(hub.seen).toEqual([]);

      await router.call('settings.update', { network: 'downloads' });
      const plan = await router.call('downloads.plan', { repository: 'acme/lama' });
      const started = await router.call('downloads.start', {
        repository: 'acme/lama',
        commit: plan.commit,
        variantId: plan.variants[0]?.id ?? '',
      });
      await expect
        .poll(async () => (await router.call('downloads.list', undefined)).find(({ id }) => id === started.id)?.status, { timeout: 60_000 })
        .toMatchObject({ state: 'done' });
      const pack = (await router.call('packs.list', undefined)).find(({ manifest }) => manifest.name === 'lama');
      expect(pack?.manifest).toMatchObject({ task: 'inpaint', licence: 'mit' });
      expect(pack?.licence).toEqual({ kind: 'permissive', accepted: true });

      await router.call('settings.update', { network: 'offline' });
      for (const spy of spies) spy.mockClear();
      await expect(router.call('downloads.plan', { repository: 'acme/lama' })).rejects.toMatchObject({ code: 'offline' });
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    },
  );
});

describe('the source', () => {
  const reaching = [
    /from '(?:node:)?(?:https?|http2|net|tls|dgram|dns|dns\/promises|undici)'/,
    /\bfetch\(/,
    /new (?:WebSocket|XMLHttpRequest|EventSource|RTCPeerConnection)\b/,
    /sendBeacon|importScripts|\bnet\.request\(/,
  ];
  /** Each with why it may. */
  const allowed: Record<string, string> = {
    'electron/services/packs/downloads/connection.ts': 'the one module that connects to other machines',
    'electron/services/packs/downloads/network-error.ts': 'a type only',
    'electron/server/serve-studio.ts': 'listens on this machine',
    'electron/server/node-adapter.ts': 'listens on this machine',
    'electron/server/sockets.ts': 'listens on this machine',
    'electron/server/guard.ts': 'listens on this machine',
    'electron/server/start-browser-host.ts': 'listens on this machine',
  };

  it('makes requests in one place only', () => {
    const found: string[] = [];
    for (const folder of ['electron', 'shared', 'models']) {
      for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name).slice(root.length);
        if (!entry.isFile() || !/\.(ts|mjs)$/.test(path) || /\.test\.ts$|\/testing\/|^models\/training\//.test(path)) continue;
        const text = readFileSync(join(root, path), 'utf8');
        if (reaching.some((pattern) => pattern.test(text))) found.push(path);
      }
    }
    expect(found).toContain('electron/services/packs/downloads/connection.ts');
    expect(found.filter((path) => !Object.hasOwn(allowed, path))).toEqual([]);
  });

  it('lets the page reach nothing but its own studio', () => {
    const page = new Response('', { headers: { 'Content-Type': 'text/html' } });
    const policy = withSecurityHeaders(page, new URL('kiln://studio/')).headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("connect-src 'self'");
    for (const directive of policy.split(';')) expect(directive).not.toMatch(/https?:|wss?:|\*/);
  });
});
