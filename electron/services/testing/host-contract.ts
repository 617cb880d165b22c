/** What every host owes the page, checked from the page's side: both hosts run this suite over their own transport. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventSchema, type StudioEvent } from '../../../shared/contract/events.ts';
import { wireErrorSchema, type WireError } from '../../../shared/contract/errors.ts';
import type { ServerFrame } from '../../../shared/contract/transport.ts';
import { uploadResultSchema, type UploadResult } from '../../../shared/contract/upload.ts';
import { scoreMediaType } from '../../../shared/domain/asset.ts';
import { scoreText } from '../../../shared/music/score-json.ts';
import { emptyScore } from '../../../shared/music/score.ts';
import type { Studio } from '../studio.ts';
import { openTestStudio } from './studio-host.ts';

export interface HostConnection {
  call(name: string, input: unknown): Promise<ServerFrame>;
  subscribe(listener: (event: unknown) => void): () => void;
  /** As the page would: `path` starts with a slash. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

const tileBytes = 256 * 256 * 4;

export function describeHostContract(hostName: string, connect: (studio: Studio) => Promise<HostConnection>): void {
  describe(`${hostName} keeps the contract`, () => {
    let folder: string;
    let studio: Studio;
    let host: HostConnection;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kiln-contract-'));
      ({ studio } = await openTestStudio(folder));
      host = await connect(studio);
    });
    afterAll(async () => {
      await host.close();
      await studio.dispose();
      await rm(folder, { recursive: true, force: true });
    });

    async function upload(query: string, body: Uint8Array): Promise<UploadResult> {
      const response = await host.fetch(`/upload?${query}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer> });
      expect(response.status).toBe(200);
      return uploadResultSchema.parse(await response.json());
    }

    async function refusal(response: Response): Promise<WireError> {
      expect(response.headers.get('Content-Type')).toContain('application/json');
      return wireErrorSchema.parse(await response.json());
    }

    async function uploadPicture(): Promise<string> {
      const picture = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#4080c0' } })
        .jpeg()
        .toBuffer();
      const result = await upload('purpose=image&name=a%20photo.jpg', picture);
      if (result.purpose !== 'image') throw new Error('not an image');
      expect([result.width, result.height, result.hasAlpha]).toEqual([40, 30, false]);
      return result.image;
    }

    it('answers a call', async () => {
      const reply = await host.call('system.info', undefined);
      expect(reply).toMatchObject({ type: 'result', output: { version: '0.0.0-test', host: 'test' } });
    });

    it('gives each of many calls at once its own answer', async () => {
      const replies = await Promise.all(
        Array.from({ length: 200 }, (_, index) => host.call(index % 2 === 0 ? 'system.info' : 'settings.get', undefined)),
      );
      replies.forEach((reply, index) => {
        expect(reply.type).toBe('result');
        expect(reply.type === 'result' && Object.hasOwn(reply.output as object, 'version')).toBe(index % 2 === 0);
      });
    });

    it.each(['nothing.here', '', '__proto__', 'constructor', 'toString', '../system.info'])('refuses the unknown call %j', async (name) => {
      expect(await host.call(name, {})).toMatchObject({ type: 'error', error: { code: 'invalid-request' } });
    });

    it('refuses input outside the contract and names the field', async () => {
      const reply = await host.call('jobs.cancel', { id: '../../etc/passwd' });
      expect(reply).toMatchObject({ type: 'error', error: { code: 'invalid-request', message: expect.stringContaining('id') as string } });
    });

    it('passes a failure on by its code', async () => {
      const reply = await host.call('jobs.cancel', { id: '0123456789ABCDEFGHJKMNPQRS' });
      expect(reply).toMatchObject({ type: 'error', error: { code: 'not-found' } });
    });

    it('tells of changes', async () => {
      const events: StudioEvent[] = [];
      const unsubscribe = host.subscribe((event) => events.push(eventSchema.parse(event)));
      await host.call('settings.update', { theme: 'dark' });
      await expect.poll(() => events.map(({ type }) => type)).toContain('settings.changed');
      unsubscribe();
      const before = events.length;
      await host.call('settings.update', { theme: 'light' });
      await host.call('settings.get', undefined);
      expect(events).toHaveLength(before);
    });

    it('stores a picture and gives it back, with caching and ranges', async () => {
      const hash = await uploadPicture();
      const response = await host.fetch(`/asset/${hash}`);
      expect(response.status).toBe(200);
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 40, height: 30 });
      expect(response.headers.get('Content-Type')).toBe('image/png');
      expect(response.headers.get('Content-Length')).toBe(String(bytes.byteLength));
      expect(response.headers.get('Cache-Control')).toContain('immutable');
      expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');

      const etag = response.headers.get('ETag') ?? '';
      const again = await host.fetch(`/asset/${hash}`, { headers: { 'If-None-Match': etag } });
      expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);

      const part = await host.fetch(`/asset/${hash}`, { headers: { Range: 'bytes=1-3' } });
      expect([part.status, await part.text()]).toEqual([206, 'PNG']);
      expect(part.headers.get('Content-Range')).toBe(`bytes 1-3/${String(bytes.byteLength)}`);
      const beyond = await host.fetch(`/asset/${hash}`, { headers: { Range: 'bytes=99999999-' } });
      expect(beyond.status).toBe(416);
      await beyond.arrayBuffer();

      const head = await host.fetch(`/asset/${hash}`, { method: 'HEAD' });
      expect([head.status, (await head.arrayBuffer()).byteLength]).toEqual([200, 0]);
    });

    it('makes thumbnails of the sizes it offers', async () => {
      const hash = await uploadPicture();
      const response = await host.fetch(`/thumbnail/${hash}?side=128`);
      expect(response.headers.get('Content-Type')).toBe('image/webp');
      expect((await sharp(Buffer.from(await response.arrayBuffer())).metadata()).format).toBe('webp');
      expect((await refusal(await host.fetch(`/thumbnail/${hash}?side=4096`))).code).toBe('invalid-request');
      expect((await refusal(await host.fetch(`/thumbnail/${'0'.repeat(64)}`))).code).toBe('not-found');
    });

    it('keeps raw pixels and tiles bit for bit', async () => {
      const pixels = randomBytes(20 * 10 * 4);
      const stored = await upload('purpose=pixels&width=20&height=10&channels=4', deflateRawSync(pixels));
      if (stored.purpose !== 'pixels') throw new Error('not pixels');
      const png = Buffer.from(await (await host.fetch(`/asset/${stored.image}`)).arrayBuffer());
      expect((await sharp(png).raw().toBuffer()).equals(pixels)).toBe(true);

      const tile = deflateRawSync(randomBytes(tileBytes));
      const kept = await upload('purpose=tile&channels=4', tile);
      if (kept.purpose !== 'tile') throw new Error('not a tile');
      const back = Buffer.from(await (await host.fetch(`/asset/${kept.tile}`)).arrayBuffer());
      expect(inflateRawSync(back).equals(inflateRawSync(tile))).toBe(true);
    });

    it('holds a pack until it is imported', async () => {
      const result = await upload('purpose=pack&name=model.onnx', Buffer.from('not a model'));
      if (result.purpose !== 'pack') throw new Error('not a pack');
      expect(result.uploadId).toHaveLength(26);
    });

    it('keeps a score, and reads a music file in the worker', { timeout: 60_000 }, async () => {
      const text = scoreText(emptyScore({ bars: 2, bpm: 90, metre: { numerator: 3, denominator: 4 }, key: null }));
      const kept = await upload('purpose=score', Buffer.from(text));
      if (kept.purpose !== 'score') throw new Error('not a score');
      const asset = await host.fetch(`/asset/${kept.score}`);
      expect([asset.headers.get('Content-Type'), await asset.text()]).toEqual([scoreMediaType, text]);
      const held = await upload('purpose=music&name=tune.abc', Buffer.from('X:1\nT:Tune\nM:4/4\nL:1/4\nK:C\nC D E F|\n'));
      if (held.purpose !== 'music') throw new Error('not music');
      const reply = await host.call('music.import', { uploadId: held.uploadId });
      expect(reply).toMatchObject({ type: 'result', output: { title: 'Tune', bars: 1, notes: 4 } });
    });

    it.each([
      ['more pixels than it says', 'purpose=pixels&width=2&height=2&channels=4', deflateRawSync(Buffer.alloc(17)), 400],
      ['fewer pixels than it says', 'purpose=pixels&width=2&height=2&channels=4', deflateRawSync(Buffer.alloc(15)), 400],
      ['a bomb', 'purpose=tile&channels=1', deflateRawSync(Buffer.alloc(200_000_000)), 400],
      ['no deflate stream', 'purpose=pixels&width=2&height=2&channels=4', Buffer.from('\xff\xff\xff\xff', 'latin1'), 400],
      ['a cut-off deflate stream', 'purpose=tile&channels=1', deflateRawSync(randomBytes(65_536)).subarray(0, 60_000), 400],
      ['nothing', 'purpose=tile&channels=1', Buffer.alloc(0), 400],
      ['absurd sizes', 'purpose=pixels&width=32768&height=32768&channels=4', Buffer.from([3, 0]), 413],
      ['sizes below one', 'purpose=pixels&width=0&height=-5&channels=4', Buffer.from([3, 0]), 400],
      ['an unknown purpose', 'purpose=shell', Buffer.from('id'), 400],
      ['no score', 'purpose=score', Buffer.from('{"tempos":[]}'), 400],
      ['no picture', 'purpose=image&name=x.png', Buffer.from('<svg onload=alert(1)>'), 422],
      ['a picture of another format', 'purpose=image&name=x.jpg', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 415],
      ['too many bytes', 'purpose=tile&channels=4', randomBytes(600 * 1024), 413],
    ])('refuses an upload of %s', async (_what, query, body, status) => {
      const response = await host.fetch(`/upload?${query}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer> });
      const error = await refusal(response);
      expect([response.status, error.message.length > 0]).toEqual([status, true]);
    });

    it('gives exports a safe name', async () => {
      const image = await uploadPicture();
      const reply = await host.call('export.render', { items: [{ name: '../../evil "x"\r\nX: y', image }], format: 'png' });
      if (reply.type !== 'result') throw new Error(JSON.stringify(reply));
      const { files } = reply.output as { files: { exportId: string; sizeBytes: number }[] };
      const response = await host.fetch(`/export/${files[0]?.exportId ?? ''}`);
      expect((await response.arrayBuffer()).byteLength).toBe(files[0]?.sizeBytes);
      const disposition = response.headers.get('Content-Disposition') ?? '';
      expect(disposition).toMatch(/^attachment; filename="[^"/\\]+"; filename\*=UTF-8''[^/\\\s]+$/);
      expect(response.headers.get('X')).toBeNull();
    });

    const escapes = [
      '..',
      '../../../../etc/passwd',
      '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      '..%2f..%2fetc%2fpasswd',
      '..%5c..%5cwindows%5cwin.ini',
      '%252e%252e%252fetc%252fpasswd',
      '..%c0%af..%c0%afetc%c0%afpasswd',
      '....//....//etc/passwd',
      'C:%5cwindows%5cwin.ini',
      '%2fetc%2fpasswd',
      `${'0'.repeat(64)}%00.png`,
      `${'0'.repeat(64)}/../../../../etc/passwd`,
      'A'.repeat(64),
      'file:///etc/passwd',
    ];
    it.each(
      ['asset', 'thumbnail', 'preview', 'live', 'export', 'soundfont', 'assets', ''].flatMap((route) =>
        escapes.map((id) => [`/${route}/${id}`]),
      ),
    )('gives nothing at %s', async (path) => {
      const response = await host.fetch(path);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(await response.text()).not.toContain('root:');
    });

    it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'POST'])('refuses %s where only reading is possible', async (method) => {
      const response = await host.fetch(`/asset/${'0'.repeat(64)}`, { method });
      expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
      await response.arrayBuffer();
    });

    it('refuses reading where only uploads are possible', async () => {
      const response = await host.fetch('/upload?purpose=image');
      expect([response.status, response.headers.get('Allow')]).toEqual([405, 'POST']);
      await response.arrayBuffer();
    });
  });
}
