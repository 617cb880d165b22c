import type { DownloadItem, Event as ElectronEvent, IpcMainInvokeEvent, Session, WebContents } from 'electron';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ServerFrame } from '../../shared/contract/transport.ts';
import type { Router } from '../services/router.ts';
import { closeQuestion, createCloseGuard } from './close-guard.ts';
import { hardenContents, hardenSession } from './hardening.ts';
import { connectIpc } from './ipc-transport.ts';
import { menuTemplate } from './menu.ts';
import { isStudioPage, studioPrivileges } from './studio-origin.ts';
import { serveProtocol } from './studio-protocol.ts';
import { createUnloadGuard } from './unload-guard.ts';
import { windowOptions } from './window-options.ts';
import { loadWindowState, saveWindowState, usualSize } from './window-state.ts';

const outside = [
  'https://evil.example/',
  'http://127.0.0.1/',
  'file:///etc/passwd',
  'kiln://evil/',
  'kiln://studio.evil/',
  'kiln://studio@evil/',
  'kiln://user@studio/',
  'kiln://studio/asset/x',
  'kiln://studio:1/',
  'javascript:alert(1)',
  'data:text/html,x',
  'about:blank',
  '',
];

describe('the window', () => {
  it('shows its page in a sandbox without Node', () => {
    const { webPreferences } = windowOptions('/app/preload.cjs', { width: 1, height: 1 });
    expect(webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
    });
  });

  it('lives under a scheme that is standard and secure, but not exempt from the policy', () => {
    expect(studioPrivileges.privileges).toMatchObject({ standard: true, secure: true, supportFetchAPI: true });
    expect(studioPrivileges.privileges?.bypassCSP ?? false).toBe(false);
    expect(studioPrivileges.privileges?.corsEnabled ?? false).toBe(false);
  });

  it.each(outside)('does not take %j for its own page', (url) => {
    expect(isStudioPage(url)).toBe(false);
  });

  it('has a menu of roles that Electron knows on every platform', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const labels = menuTemplate(platform).map((item) => item.label ?? item.role);
      expect(labels).toContain('Edit');
      expect(labels.includes('appMenu')).toBe(platform === 'darwin');
    }
  });
});

type Listener = (...args: never[]) => void;

describe('a page', () => {
  const listeners = new Map<string, Listener>();
  let windowOpen: ((details: never) => { action: string }) | null = null;
  const contents = {
    on: (name: string, listener: Listener) => void listeners.set(name, listener),
    setWindowOpenHandler: (handler: typeof windowOpen) => void (windowOpen = handler),
  };
  hardenContents(contents as unknown as WebContents);

  function prevented(name: string, details: object): boolean {
    let was = false;
    const listener = listeners.get(name) as ((event: object) => void) | undefined;
    if (listener === undefined) throw new Error(`nothing hears ${name}`);
    listener({ ...details, preventDefault: () => (was = true) });
    return was;
  }

  it.each(outside)('may not navigate to %j', (url) => {
    expect(prevented('will-navigate', { url })).toBe(true);
    expect(prevented('will-frame-navigate', { url, isMainFrame: true })).toBe(true);
  });

  it('may reload itself and fetch an export', () => {
    expect(prevented('will-navigate', { url: 'kiln://studio/' })).toBe(false);
    expect(prevented('will-navigate', { url: 'kiln://studio/export/0123456789ABCDEFGHJKMNPQRS' })).toBe(false);
  });

  it('may not have frames, webviews, redirects or further windows', () => {
    expect(prevented('will-frame-navigate', { url: 'kiln://studio/', isMainFrame: false })).toBe(true);
    expect(prevented('will-attach-webview', {})).toBe(true);
    expect(prevented('will-redirect', { url: 'kiln://studio/' })).toBe(true);
    expect(windowOpen?.({ url: 'kiln://studio/' } as never)).toEqual({ action: 'deny' });
  });
});

describe('the session', () => {
  const set: Record<string, unknown> = {};
  const session = {
    setPermissionRequestHandler: (handler: unknown) => void (set['request'] = handler),
    setPermissionCheckHandler: (handler: unknown) => void (set['check'] = handler),
    setDevicePermissionHandler: (handler: unknown) => void (set['device'] = handler),
    webRequest: { onBeforeRequest: (handler: unknown) => void (set['network'] = handler) },
    on: (name: string, handler: unknown) => void (set[name] = handler),
  };
  hardenSession(session as unknown as Session, 'Save');

  it('grants no permission but to copy, and to hear MIDI keyboards', () => {
    const request = set['request'] as (contents: null, permission: string, callback: (granted: boolean) => void) => void;
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fileSystem', 'midiSysex']) {
      request(null, permission, (granted) => expect(granted).toBe(false));
    }
    for (const permission of ['clipboard-sanitized-write', 'midi']) request(null, permission, (granted) => expect(granted).toBe(true));
    const check = set['check'] as (contents: null, permission: string) => boolean;
    const asked = ['media', 'clipboard-read', 'clipboard-sanitized-write', 'midi', 'midiSysex'];
    expect(asked.filter((permission) => check(null, permission))).toEqual(['clipboard-sanitized-write', 'midi']);
    expect((set['device'] as () => boolean)()).toBe(false);
    expect.assertions(11);
  });

  it.each([
    ['kiln://studio/asset/x', false],
    ['blob:kiln://studio/1', false],
    ['data:image/png;base64,', false],
    ['https://evil.example/', true],
    ['http://127.0.0.1/', true],
    ['ws://127.0.0.1/', true],
    ['file:///etc/passwd', true],
    ['ftp://evil.example/', true],
    ['', true],
  ])('lets the page reach %j only inside the studio', (url, cancelled) => {
    const handler = set['network'] as (details: { url: string }, callback: (answer: { cancel: boolean }) => void) => void;
    let answer: { cancel: boolean } | null = null;
    handler({ url }, (given) => (answer = given));
    expect(answer).toEqual({ cancel: cancelled });
  });

  it.each([
    ['kiln://studio/export/0123456789ABCDEFGHJKMNPQRS', true],
    ['blob:kiln://studio/1', true],
    ['kiln://studio/asset/x', false],
    ['https://evil.example/malware', false],
  ])('saves %s only when it is an export', (url, saved) => {
    let cancelled = false;
    let options: { defaultPath?: string } | null = null;
    const item = {
      getURL: () => url,
      getFilename: () => '../../.bashrc',
      setSaveDialogOptions: (given: { defaultPath?: string }) => (options = given),
    };
    const handler = set['will-download'] as (event: ElectronEvent, item: DownloadItem) => void;
    handler({ preventDefault: () => (cancelled = true) } as unknown as ElectronEvent, item as unknown as DownloadItem);
    expect([cancelled, options]).toEqual([!saved, saved ? { title: 'Save', defaultPath: '_.._.bashrc' } : null]);
  });
});

describe('ipc', () => {
  const reached: string[] = [];
  const router = {
    dispatch: (name: string) => {
      reached.push(name);
      return Promise.resolve({ ok: true as const, output: 1 });
    },
  } as unknown as Router;
  let handler: ((event: IpcMainInvokeEvent, frame: unknown) => unknown) | null = null;
  let publish: (event: never) => void = () => undefined;
  const sent: unknown[] = [];
  const contentsAt = (url: string, destroyed = false): Pick<WebContents, 'send' | 'isDestroyed' | 'getURL'> => ({
    getURL: () => url,
    isDestroyed: () => destroyed,
    send: (_channel, event) => sent.push(event),
  });
  const open = [contentsAt('kiln://studio/'), contentsAt('https://evil.example/'), contentsAt('kiln://studio/', true)];
  connectIpc({
    ipcMain: { handle: (_channel, given) => void (handler = given), removeHandler: () => undefined },
    studio: {
      router,
      events: {
        publish: () => undefined,
        subscribe: (listener) => {
          publish = listener;
          return () => undefined;
        },
      },
    },
    listeners: () => open,
  });

  async function invoke(senderFrame: object | null, frame: unknown): Promise<ServerFrame> {
    return (await handler?.({ senderFrame } as IpcMainInvokeEvent, frame)) as ServerFrame;
  }
  const call = { type: 'call', id: 7, name: 'system.info' };

  it('answers the top frame of the studio', async () => {
    expect(await invoke({ parent: null, url: 'kiln://studio/' }, call)).toEqual({ type: 'result', id: 7, output: 1 });
  });

  it.each<{ what: string; frame: object | null }>([
    { what: 'a frame that is gone', frame: null },
    { what: 'a frame inside the page', frame: { parent: {}, url: 'kiln://studio/' } },
    ...outside.map((url) => ({ what: `a page at ${url}`, frame: { parent: null, url } })),
  ])('does not answer $what', async ({ frame }) => {
    reached.length = 0;
    expect(await invoke(frame, call)).toMatchObject({ type: 'error', error: { code: 'unauthorised' } });
    expect(reached).toEqual([]);
  });

  it.each([undefined, null, 'system.info', {}, { ...call, id: -1 }, { ...call, type: 'event' }, { ...call, name: 5 }])(
    'does not answer the malformed frame %j',
    async (frame) => {
      reached.length = 0;
      expect(await invoke({ parent: null, url: 'kiln://studio/' }, frame)).toMatchObject({ error: { code: 'invalid-request' } });
      expect(reached).toEqual([]);
    },
  );

  it('tells events to the studio alone', () => {
    publish({ type: 'history.changed' } as never);
    expect(sent).toEqual([{ type: 'history.changed' }]);
  });
});

it('the scheme answers for its own host only', async () => {
  let handler: ((request: Request) => Response | Promise<Response>) | null = null;
  const studio = { handleRequest: () => Promise.resolve(new Response('inside')) };
  serveProtocol({ handle: (_scheme, given) => void (handler = given) }, studio);
  const get = async (url: string): Promise<number> => ((await handler?.(new Request(url))) ?? new Response()).status;
  expect(await get('kiln://studio/')).toBe(200);
  expect(await get('kiln://other/')).toBe(404);
  expect(await get('kiln://studio.evil/asset/x')).toBe(404);
});

describe('closing the last window', () => {
  const state = (name: string): object => ({ status: { state: name } });

  function attempt(jobs: object[] | Error, answer = true): { closed: () => number; asked: number[]; close: () => boolean } {
    let closings = 0;
    const asked: number[] = [];
    const guard = createCloseGuard({
      router: { call: () => (jobs instanceof Error ? Promise.reject(jobs) : Promise.resolve({ paused: false, jobs } as never)) },
      confirm: (count) => {
        asked.push(count);
        return Promise.resolve(answer);
      },
      close: () => (closings += 1),
    });
    const close = (): boolean => {
      let held = false;
      guard.onClose({ preventDefault: () => (held = true) });
      return held;
    };
    return { closed: () => closings, asked, close };
  }

  it('just closes when every job is finished', async () => {
    const window = attempt([state('succeeded'), state('failed')]);
    expect(window.close()).toBe(true);
    await expect.poll(window.closed).toBe(1);
    expect([window.asked, window.close()]).toEqual([[], false]);
  });

  it('asks once while jobs run or wait, and stays open when told so', async () => {
    const window = attempt([state('running'), state('queued'), state('succeeded')], false);
    window.close();
    window.close();
    await expect.poll(() => window.asked).toEqual([2]);
    await new Promise((resolve) => setImmediate(resolve));
    expect([window.closed(), window.close()]).toEqual([0, true]);
  });

  it('closes when told so, or when the queue cannot be asked', async () => {
    for (const window of [attempt([state('running')], true), attempt(new Error('broken'))]) {
      window.close();
      await expect.poll(window.closed).toBe(1);
    }
  });

  it('asks again after the window stayed', async () => {
    const guard = createCloseGuard({
      router: { call: () => Promise.resolve({ paused: false, jobs: [] } as never) },
      confirm: () => Promise.resolve(true),
      close: () => undefined,
    });
    guard.onClose({ preventDefault: () => undefined });
    await expect.poll(() => guard.closing).toBe(true);
    guard.reset();
    let held = false;
    guard.onClose({ preventDefault: () => (held = true) });
    expect([held, guard.closing]).toEqual([true, false]);
  });

  it('says how many, and that nothing is lost', () => {
    expect(closeQuestion(1).message).toBe('A job is not finished.');
    expect(closeQuestion(3).message).toBe('3 jobs are not finished.');
    expect(closeQuestion(3).detail).toContain('resumed');
  });
});

describe('leaving a page with unsaved changes', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** @param savedAfter attempts that the page prevents before it has saved */
  function leave(savedAfter: number, answer: boolean): { left: () => boolean; asked: () => number; stayed: () => number } {
    vi.useFakeTimers();
    let attempts = 0;
    let left = false;
    let asked = 0;
    let stayed = 0;
    const again = (): void => {
      attempts += 1;
      if (attempts > savedAfter) left = true;
      else guard.onPrevented({ preventDefault: () => (left = true) });
    };
    const guard = createUnloadGuard({
      again,
      confirm: () => {
        asked += 1;
        return Promise.resolve(answer);
      },
      stayed: () => (stayed += 1),
    });
    again();
    return { left: () => left, asked: () => asked, stayed: () => stayed };
  }

  it('waits for the save and then leaves by itself', async () => {
    const window = leave(3, false);
    expect(window.left()).toBe(false);
    await vi.advanceTimersByTimeAsync(1500);
    expect([window.left(), window.asked()]).toEqual([true, 0]);
  });

  it('asks when the save does not succeed, and does as told', async () => {
    const stays = leave(Infinity, false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([stays.left(), stays.asked(), stays.stayed()]).toEqual([false, 1, 1]);
    const goes = leave(Infinity, true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([goes.left(), goes.asked(), goes.stayed()]).toEqual([true, 1, 0]);
  });
});

describe('the window comes back', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1080 };
  const bounds = { x: 100, y: 100, width: 1200, height: 800 };

  it('where it was, while that is on a screen', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kiln-window-'));
    const file = join(folder, 'window.json');
    expect(loadWindowState(file, [screen])).toBeNull();
    saveWindowState(file, { bounds, maximised: true });
    expect(loadWindowState(file, [screen])).toMatchObject({ bounds, maximised: true });
    expect(loadWindowState(file, [{ ...screen, x: 5000 }])).toBeNull();
    expect(loadWindowState(file, [{ ...screen, height: 110 }])).toBeNull();
    for (const broken of ['', '{', '{"version":2}', '{"version":1,"bounds":{"x":"0"},"maximised":false}']) {
      writeFileSync(file, broken);
      expect(loadWindowState(file, [screen])).toBeNull();
    }
    saveWindowState(join(folder, 'missing/window.json'), { bounds, maximised: false });
    rmSync(folder, { recursive: true });
  });

  it('or at a size that fits', () => {
    expect(usualSize(screen)).toEqual({ width: 1440, height: 900 });
    expect(usualSize({ ...screen, width: 1280, height: 700 })).toEqual({ width: 1280, height: 700 });
    expect(usualSize({ ...screen, width: 800, height: 600 })).toEqual({ width: 1024, height: 640 });
    expect(usualSize(undefined)).toEqual({ width: 1440, height: 900 });
  });
});
