import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseByteRange } from './byte-range.ts';
import { attachment, safeFileName } from './content-disposition.ts';
import { createHttpHandler, type HttpHandler, type HttpServices } from './http-handler.ts';

describe('byte ranges', () => {
  it.each([
    [null, { kind: 'whole' }],
    ['bytes=0-0', { kind: 'part', start: 0, end: 0 }],
    ['bytes=5-', { kind: 'part', start: 5, end: 9 }],
    ['bytes=5-99', { kind: 'part', start: 5, end: 9 }],
    ['bytes=-3', { kind: 'part', start: 7, end: 9 }],
    ['bytes=-99', { kind: 'part', start: 0, end: 9 }],
    ['bytes=10-', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=5-2', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=0-1,3-4', { kind: 'whole' }],
    ['lines=0-1', { kind: 'whole' }],
    ['bytes=0x1-2', { kind: 'whole' }],
  ])('%s of ten bytes', (header, expected) => {
    expect(parseByteRange(header, 10)).toEqual(expected);
  });

  it('of nothing cannot be satisfied', () => {
    expect(parseByteRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
  });
});

describe('file names', () => {
  it.each([
    ['photo.png', 'photo.png'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\windows\\win.ini', 'C__windows_win.ini'],
    ['a\r\nb\u0000c.png', 'abc.png'],
    ['invoice\u202egnp.exe', 'invoicegnp.exe'],
    ['.bashrc', 'bashrc'],
    ['trailing. . ', 'trailing'],
    ['CON.png', '_CON.png'],
    ['   ', 'kiln'],
    ['', 'kiln'],
    ['Ünïcødé 猫.png', 'Ünïcødé 猫.png'],
    [`${'x'.repeat(500)}.webp`, `${'x'.repeat(120)}.webp`],
    ['\ud800.png', 'png'],
  ])('%j becomes %j', (name, expected) => {
    expect(safeFileName(name)).toBe(expected);
  });

  it('go into the header in both forms', () => {
    expect(attachment("猫's 100%.png")).toBe("attachment; filename=\"_'s 100_.png\"; filename*=UTF-8''%E7%8C%AB%27s%20100%25.png");
  });
});

describe('the page', () => {
  let root: string;
  let handle: HttpHandler;
  const errors: string[] = [];

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'kiln-page-'));
    const renderer = join(root, 'renderer');
    mkdirSync(join(renderer, 'assets'), { recursive: true });
    writeFileSync(join(root, 'secret.txt'), 'secret');
    writeFileSync(join(renderer, 'index.html'), '<!doctype html><title>Kiln</title>');
    writeFileSync(join(renderer, '.env.txt'), 'secret');
    writeFileSync(join(renderer, 'assets/main-abc123.js'), 'export {};');
    writeFileSync(join(renderer, 'assets/main-abc123.js.map'), '{}');
    symlinkSync(join(root, 'secret.txt'), join(renderer, 'link.txt'));
    const unused = (): never => {
      throw new Error('/home/secret was touched');
    };
    const services: HttpServices = {
      assets: { filePath: unused, record: unused, putBytes: unused, temporaryFile: unused },
      images: { importPicture: unused, storePixels: unused, thumbnail: unused },
      transfers: { addUpload: unused, exportFile: unused },
      previews: { get: unused },
      live: { get: unused },
      soundFonts: { file: unused },
      rendererFolder: renderer,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (message) => void errors.push(message) },
    };
    handle = createHttpHandler(services);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const get = (path: string, init?: RequestInit): Promise<Response> => handle(new Request(`http://127.0.0.1:1234${path}`, init));

  it('comes with a policy that allows only itself', async () => {
    const response = await get('/');
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(response.headers.get('Cache-Control')).toBe('no-cache');
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    const directives = new Map(policy.split('; ').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)]));
    expect(directives.get('default-src')).toEqual(["'none'"]);
    expect(directives.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(directives.get('worker-src')).toEqual(["'self'"]);
    expect(directives.get('img-src')).toEqual(["'self'", 'blob:', 'data:']);
    expect(directives.get('connect-src')).toEqual(["'self'", 'ws://127.0.0.1:1234']);
    expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
    expect(policy).not.toMatch(/(?<!wasm-)unsafe-eval|https?:|\*/);
    expect(response.headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin');
    expect(response.headers.get('Cross-Origin-Embedder-Policy')).toBe('require-corp');
  });

  it('is asked for again only when it changed', async () => {
    const etag = (await get('/')).headers.get('ETag') ?? '';
    expect(etag).not.toBe('');
    const unchanged = await get('/', { headers: { 'If-None-Match': etag } });
    expect(unchanged.status).toBe(304);
    // Its headers replace those of the stored page, which would lose its right to run scripts.
    expect(unchanged.headers.get('Content-Security-Policy')).toBeNull();
    expect((await get('/', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
  });

  it('caches what is named by its content for good', async () => {
    const response = await get('/assets/main-abc123.js');
    expect(response.headers.get('Cache-Control')).toContain('immutable');
    expect(response.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect(await response.text()).toBe('export {};');
  });

  it.each([
    '/link.txt',
    '/.env.txt',
    '/assets/main-abc123.js.map',
    '/assets',
    '/assets/',
    '/nothing.html',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//etc/hosts.txt',
    '/index.html%00.txt',
    '/index.html/x.txt',
  ])('gives nothing at %s', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/^secret/);
  });

  it('shows nothing of an unforeseen failure', async () => {
    const response = await get(`/asset/${'0'.repeat(64)}`);
    expect([response.status, errors.length]).toEqual([500, 1]);
    expect(await response.text()).not.toContain('/home');
  });
});
