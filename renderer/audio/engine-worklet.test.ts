/** The sound in a real Chromium, built as the page is and served with its security headers. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from '@playwright/test';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSecurityHeaders } from '../../electron/services/http/security-headers.ts';
import { staticFile } from '../../electron/services/http/static-files.ts';
import { createEngine } from '../../models/audio/synth/engine.ts';
import { renderScore } from '../../models/audio/synth/render.ts';
import { tinySoundFont } from '../../models/audio/testing/tiny-soundfont.ts';
import rendererConfig from '../../vite.renderer.config.ts';
import { demoScore } from './testing/demo-score.ts';
import type { SoundPage } from './testing/sound-page.ts';

const chromiumPath = '/usr/bin/chromium';
const sampleRate = 48_000;
const slowMs = 240_000;

/** In the page. */
declare const soundPage: SoundPage;

async function servePage(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? ''}`);
    const answered =
      url.pathname === '/soundfont/tiny'
        ? Promise.resolve(new Response(tinySoundFont()))
        : staticFile(new Request(url), folder, url.pathname);
    answered.then(
      async (answer) => {
        const { status, headers, body } = withSecurityHeaders(answer, url);
        response.writeHead(status, Object.fromEntries(headers));
        response.end(Buffer.from(await new Response(body).arrayBuffer()));
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const decoded = (text: string): Float32Array => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

describe.skipIf(!existsSync(chromiumPath))('sound in a browser', () => {
  let folder: string;
  let server: Server | undefined;
  let browser: Browser | undefined;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kiln-sound-'));
    const root = fileURLToPath(new URL('./testing/', import.meta.url));
    await build({
      ...rendererConfig,
      configFile: false,
      root,
      logLevel: 'error',
      build: {
        ...rendererConfig.build,
        outDir: folder,
        minify: false,
        rolldownOptions: { input: join(root, 'sound-page.html') },
      },
    });
    server = await servePage(folder);
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`);
    });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/sound-page.html`);
  }, slowMs);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('plays through the worklet what is exported', { timeout: slowMs }, async () => {
    const { latencyFrames } = createEngine({ sampleRate });
    const exported = renderScore(demoScore, { sampleRate, tailS: 0.5 });
    // The last moments are faded in files.
    const frames = sampleRate;
    const heard = await page.evaluate((length) => soundPage.play(length), Math.ceil((frames + latencyFrames) / 128) * 128);
    for (const side of ['left', 'right'] as const) {
      const samples = decoded(heard[side]).subarray(latencyFrames, latencyFrames + frames);
      let most = 0;
      let loudest = 0;
      for (let index = 0; index < frames; index += 1) {
        most = Math.max(most, Math.abs(samples[index]! - exported[side][index]!));
        loudest = Math.max(loudest, Math.abs(samples[index]!));
      }
      expect(loudest).toBeGreaterThan(0.05);
      expect(most).toBeLessThan(1e-6);
    }
  });

  it('is silent until the user does something, then plays, follows edits and stops', { timeout: slowMs }, async () => {
    expect(await page.evaluate(() => soundPage.player.ready)).toBe('off');
    await page.evaluate(() => {
      soundPage.player.load(soundPage.demoScore);
      soundPage.player.setLoop({ start: 0, end: 480 });
    });
    await page.click('#gesture');
    await page.waitForFunction(() => soundPage.player.ready === 'ready');
    await page.waitForFunction(() => soundPage.player.levels.left > 0.01);
    // Round and round, through edits of the mixer, of notes and of the tempo.
    await page.evaluate(() => {
      const { player, demoScore: score } = soundPage;
      const [first, ...others] = score.tracks;
      if (first === undefined) return;
      player.load({ ...score, tracks: [{ ...first, volume: 0.3 }, ...others] });
      player.load({ ...score, tracks: [{ ...first, notes: first.notes.slice(1) }, ...others] });
      player.load({ ...score, tempos: [{ tick: 0, bpm: 140 }] });
    });
    const seen = await page.evaluate(async () => {
      const places: number[] = [];
      for (let frame = 0; frame < 120; frame += 1) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        places.push(soundPage.player.positionTicks());
      }
      const { playing, ready, error } = soundPage.player;
      return { places, state: { playing, ready, error } };
    });
    expect(seen.state).toEqual({ playing: true, ready: 'ready', error: null });
    expect(Math.max(...seen.places)).toBeLessThan(480);
    expect(new Set(seen.places).size).toBeGreaterThan(20);
    await page.evaluate(() => soundPage.player.stop());
    expect(await page.evaluate(() => [soundPage.player.playing, soundPage.player.positionTicks()])).toEqual([false, 0]);
  });

  it('comes to the end by itself and goes back to where it began', { timeout: slowMs }, async () => {
    await page.evaluate(() => {
      const { player, demoScore: score } = soundPage;
      player.setLoop(null);
      player.load(score);
      void player.play(1440);
    });
    await page.waitForFunction(() => !soundPage.player.playing);
    expect(await page.evaluate(() => soundPage.player.positionTicks())).toBe(1440);
  });

  it('plays through a SoundFont of the library', { timeout: slowMs }, async () => {
    await page.evaluate(() => soundPage.player.setSoundFont('tiny'));
    await page.waitForFunction(() => soundPage.player.soundFontState !== 'loading');
    expect(await page.evaluate(() => [soundPage.player.soundFontState, soundPage.player.error])).toEqual(['ready', null]);
    await page.evaluate(() => soundPage.player.play(0, { endless: true }));
    await page.waitForFunction(() => soundPage.player.playing && soundPage.player.levels.left > 0.001);
    await page.evaluate(() => {
      soundPage.player.stop();
      return soundPage.player.setSoundFont(null);
    });
  });

  it('renders the mix for the views in a worker', { timeout: slowMs }, async () => {
    const { seconds, columns, loudest, spectrum } = await page.evaluate(() => soundPage.mix());
    expect(seconds).toBeCloseTo(1.5 + 3, 1);
    expect(columns).toBe(100);
    expect(loudest).toBeGreaterThan(0.05);
    expect(spectrum).toBeGreaterThan(100);
  });

  it('says so where there is no sound output, and lets everything else go on', { timeout: slowMs }, async () => {
    const other = await browser!.newPage();
    await other.addInitScript(() => {
      const missing = (): never => {
        throw new DOMException('No audio hardware', 'NotSupportedError');
      };
      Object.assign(window, { AudioContext: new Proxy(AudioContext, { construct: missing }) });
    });
    await other.goto(page.url());
    await other.click('#gesture');
    await other.waitForFunction(() => soundPage.player.ready === 'failed');
    const { playing, error, position } = await other.evaluate(() => {
      soundPage.player.seek(960);
      soundPage.player.noteOn('keys', 60, 90);
      return { playing: soundPage.player.playing, error: soundPage.player.error, position: soundPage.player.positionTicks() };
    });
    expect([playing, position]).toEqual([false, 960]);
    expect(error).toContain('Connect loudspeakers or headphones');
    await other.close();
  });

  it('met no policy that forbids it', () => {
    expect(faults).toEqual([]);
  });
});
