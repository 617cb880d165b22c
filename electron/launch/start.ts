/** `npm start`: builds what is missing or old, then opens the studio in Electron, or in the browser where that cannot be. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toWireError } from '../../shared/contract/errors.ts';
import { parseHostArguments, usage } from '../server/arguments.ts';
import { isFresh, writeStamp } from './build-freshness.ts';
import { chooseElectron } from './electron-binary.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const inRepository = (path: string): string => join(repository, path);
const configs = ['vite.renderer.config.ts', 'electron.vite.config.ts', 'package-lock.json'];

const builds = {
  renderer: {
    tool: ['node_modules/vite/bin/vite.js', 'build', '--config', 'vite.renderer.config.ts', '--logLevel', 'warn'],
    products: ['out/renderer/index.html'],
    sources: ['renderer', 'shared', ...configs],
  },
  electron: {
    tool: ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'],
    products: ['out/renderer/index.html', 'out/main/index.js', 'out/main/inference.js', 'out/main/audio.js', 'out/preload/index.cjs'],
    sources: ['renderer', 'shared', 'models', 'electron', ...configs],
  },
} as const;

async function build(name: keyof typeof builds): Promise<void> {
  const { tool, products, sources } = builds[name];
  const stamp = inRepository(`out/${name}.stamp`);
  if (isFresh(products.map(inRepository), stamp, sources.map(inRepository))) return;
  if (!existsSync(inRepository(tool[0]))) throw new Error('Kiln is not built, and what builds it is missing. Run "npm ci" first.');
  console.log('Building Kiln (first start, or its sources changed) ...');
  const { code } = await run(process.execPath, [...tool]);
  if (code !== 0) throw new Error('Building Kiln failed; the lines above say why.');
  writeStamp(stamp);
}

interface Ended {
  code: number | null;
  /** How long it ran. */
  afterMs: number;
}

function run(command: string, args: string[]): Promise<Ended> {
  const startedMs = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: repository, stdio: 'inherit' });
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    // On Ctrl+C the terminal tells the child itself; being told twice would mean "at once".
    const ignore = (): void => undefined;
    process.on('SIGTERM', forward).on('SIGHUP', forward).on('SIGINT', ignore);
    const end = (code: number | null): void => {
      process.off('SIGTERM', forward).off('SIGHUP', forward).off('SIGINT', ignore);
      resolve({ code, afterMs: Date.now() - startedMs });
    };
    child.once('error', () => end(null));
    child.once('exit', end);
  });
}

/** Resolves to the exit code, or to null when Electron did not even come up. */
async function runElectron(binary: string, data: string | undefined): Promise<number | null> {
  await build('electron');
  const { code, afterMs } = await run(binary, [repository, ...(data === undefined ? [] : [`--data=${data}`])]);
  // Missing system libraries or a forbidden sandbox end it within moments; a studio that was used ends with 0, or later.
  return code === 0 || afterMs > 5_000 ? (code ?? 1) : null;
}

async function start(): Promise<number> {
  const args = process.argv.slice(2);
  const options = parseHostArguments(args);
  if (options.help) {
    console.log(usage);
    return 0;
  }
  let reason = 'as asked';
  if (!args.includes('--browser')) {
    const choice = await chooseElectron({
      repository,
      platform: process.platform,
      env: process.env,
      userId: process.getuid?.() ?? null,
      onFetching: () => console.log('Fetching Electron (once) ...'),
    });
    if (choice.kind === 'use') {
      const code = await runElectron(choice.binary, options.data);
      if (code !== null) return code;
      reason = 'Electron could not start on this system';
    } else reason = choice.reason;
  }
  await build('renderer');
  console.log(`Kiln opens in the browser: ${reason}.`);
  return (await run(process.execPath, [inRepository('electron/server/index.ts'), ...args])).code ?? 1;
}

start().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const { code, message, action } = toWireError(error);
    console.error(code === 'internal' && error instanceof Error ? error.message : [message, action].filter(Boolean).join('\n'));
    process.exitCode = 1;
  },
);
