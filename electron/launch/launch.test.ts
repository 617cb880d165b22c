import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseHostArguments } from '../server/arguments.ts';
import { openerFor } from '../server/browser-opener.ts';
import { isFresh, writeStamp } from './build-freshness.ts';
import { chooseElectron, type ChooseOptions } from './electron-binary.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'kiln-launch-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text = ''): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('a build', () => {
  it('is fresh until a source is newer, its product is missing, or it never succeeded', () => {
    const source = write('src/deep/page.ts');
    const test = write('src/deep/page.test.ts');
    const product = write('out/index.html');
    const stamp = join(root, 'out/stamp');
    const fresh = (): boolean => isFresh([product], stamp, [join(root, 'src'), join(root, 'absent')]);
    expect(fresh()).toBe(false);
    writeStamp(stamp);
    const past = new Date(Date.now() - 60_000);
    for (const path of [source, test, join(root, 'src'), join(root, 'src/deep')]) utimesSync(path, past, past);
    expect(fresh()).toBe(true);
    const future = new Date(Date.now() + 60_000);
    utimesSync(test, future, future);
    expect(fresh()).toBe(true);
    utimesSync(source, future, future);
    expect(fresh()).toBe(false);
    utimesSync(source, past, past);
    rmSync(product);
    expect(fresh()).toBe(false);
  });
});

describe('Electron', () => {
  const display = { DISPLAY: ':0' };
  function choose(options: Partial<ChooseOptions>): ReturnType<typeof chooseElectron> {
    return chooseElectron({ repository: root, platform: 'linux', env: display, userId: 1000, onFetching: () => undefined, ...options });
  }
  const installer = (script: string): void => {
    write('node_modules/electron/package.json', '{"type":"commonjs"}');
    write('node_modules/electron/install.js', script);
  };

  it.each([
    [{ env: {} }, 'there is no display'],
    [{ userId: 0 }, 'Electron does not run as root'],
    [{}, 'Electron is not installed'],
  ])('is not used with %j', async (options, reason) => {
    expect(await choose(options)).toEqual({ kind: 'without', reason });
  });

  it('is used where its binary is, without fetching', async () => {
    installer('process.exit(1)');
    write('node_modules/electron/path.txt', 'electron');
    const binary = write('node_modules/electron/dist/electron');
    let fetched = false;
    expect(await choose({ onFetching: () => (fetched = true) })).toEqual({ kind: 'use', binary });
    expect(fetched).toBe(false);
  });

  it('is fetched by its own installer', async () => {
    installer(`const fs = require('fs'); fs.mkdirSync(__dirname + '/dist');
      fs.writeFileSync(__dirname + '/dist/electron', ''); fs.writeFileSync(__dirname + '/path.txt', 'electron');`);
    expect(await choose({})).toEqual({ kind: 'use', binary: join(root, 'node_modules/electron/dist/electron') });
  });

  it.each([
    ['fails', 'process.exit(1)'],
    ['says it worked but did not', ''],
    ['hangs', 'setInterval(() => {}, 1000)'],
  ])('is done without when the installer %s', async (_what, script) => {
    installer(script);
    expect(await choose({ stallMs: 600 })).toEqual({ kind: 'without', reason: 'Electron could not be fetched' });
  });

  it('is waited for while its download grows, however slowly', async () => {
    installer(`const fs = require('fs'), os = require('os'); let n = 0;
      const timer = setInterval(() => { fs.appendFileSync(os.tmpdir() + '/part', 'x'.repeat(100)); if (++n === 6) { clearInterval(timer);
      fs.mkdirSync(__dirname + '/dist'); fs.writeFileSync(__dirname + '/dist/electron', ''); fs.writeFileSync(__dirname + '/path.txt', 'electron'); } }, 400);`);
    expect((await choose({ stallMs: 1200 })).kind).toBe('use');
  });
});

describe('the browser', () => {
  const url = 'http://127.0.0.1:1/?token=a&b';
  it('is opened by what the desktop offers', () => {
    expect(openerFor(url, 'linux', {})).toBeNull();
    expect(openerFor(url, 'linux', { WAYLAND_DISPLAY: 'wayland-0' })).toEqual({ command: 'xdg-open', args: [url] });
    expect(openerFor(url, 'darwin', {})).toEqual({ command: 'open', args: [url] });
    expect(openerFor(url, 'win32', {})?.args.at(-1)).toBe('http://127.0.0.1:1/?token=a^&b');
  });
});

describe('options', () => {
  it('have sensible defaults and are checked', () => {
    expect(parseHostArguments([])).toEqual({ port: 0, data: undefined, open: true, help: false });
    expect(parseHostArguments(['--port', '8080', '--data', '/x', '--no-open', '--browser'])).toEqual({
      port: 8080,
      data: '/x',
      open: false,
      help: false,
    });
    for (const wrong of [['--port', '70000'], ['--port', '-1'], ['--port', 'x'], ['--data', ''], ['--nope'], ['file']]) {
      expect(() => parseHostArguments(wrong)).toThrow(expect.objectContaining({ code: 'invalid-request' }) as Error);
    }
  });
});

describe('run.mjs', () => {
  const runner = join(repository, 'electron/launch/run.mjs');

  it('runs a TypeScript file with its arguments', () => {
    const file = write('say.ts', 'const said: string[] = process.argv.slice(2); console.log(JSON.stringify(said)); process.exitCode = 3;');
    const { stdout, status } = spawnSync(process.execPath, [runner, file, '--a', 'b c'], { encoding: 'utf8' });
    expect([stdout, status]).toEqual(['["--a","b c"]\n', 3]);
  });

  it('finds the Node it needs when started by an older one, or says what to do', () => {
    // The same file with a version that no Node has: the path an old Node takes.
    const future = readFileSync(runner, 'utf8').replace('neededMajor = 24', 'neededMajor = 999');
    const copy = write('electron/launch/run.mjs', future);
    const without = spawnSync(process.execPath, [copy, 'x.ts'], { encoding: 'utf8' });
    expect([without.status, without.stderr]).toEqual([1, expect.stringContaining('Run "npm ci"')]);
    if (process.platform === 'win32') return;
    const node = write('node_modules/node/bin/node', '#!/bin/sh\necho "new node: $*"\nexit 4\n');
    chmodSync(node, 0o755);
    const found = spawnSync(process.execPath, [copy, 'x.ts', '--a'], { encoding: 'utf8' });
    expect([found.stdout, found.status]).toEqual(['new node: x.ts --a\n', 4]);
    expect(existsSync(node)).toBe(true);
  });
});
