import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';
import configuration from '../../electron-builder.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const packageSchema = z.object({
  main: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
type Package = z.infer<typeof packageSchema>;

const readPackage = (folder: string): Package => packageSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));

/** Folders of every package that production needs here, found by the names in the manifests. */
function productionFolders(folder: string, found = new Set<string>()): Set<string> {
  const { dependencies, optionalDependencies } = readPackage(folder);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const nested = join(folder, 'node_modules', name);
    const dependency = existsSync(nested) ? nested : join(repository, 'node_modules', name);
    if (!existsSync(dependency) || found.has(dependency)) continue;
    found.add(dependency);
    productionFolders(dependency, found);
  }
  return found;
}

const stringsOf = (value: unknown): string[] => z.array(z.string()).parse(value);

it('sets the fuses that keep a packaged Kiln from being turned into something else', () => {
  expect(configuration.electronFuses).toMatchObject({
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  });
  expect(configuration.asar).toBe(true);
  expect(configuration.disableAsarIntegrity ?? false).toBe(false);
});

it('makes packages for the three systems', () => {
  expect([configuration.linux, configuration.mac, configuration.win].every((platform) => stringsOf(platform?.target).length > 0)).toBe(
    true,
  );
});

it('takes along the built parts that the package starts from', () => {
  const main = readPackage(repository).main ?? '';
  const files = stringsOf(configuration.files);
  for (const part of [
    main,
    'out/main/inference.js',
    'out/main/audio.js',
    'out/preload/index.cjs',
    'out/renderer/index.html',
    'package.json',
    'LICENSE',
  ]) {
    expect(files.some((pattern) => !pattern.startsWith('!') && matchesGlob(part, pattern))).toBe(true);
    expect(files.some((pattern) => pattern.startsWith('!') && matchesGlob(part, pattern.slice(1)))).toBe(false);
  }
});

it('builds a worker where the packaged host looks for it', () => {
  const host = readFileSync(join(repository, 'electron/main/index.ts'), 'utf8');
  const build = readFileSync(join(repository, 'electron.vite.config.ts'), 'utf8');
  for (const [name, entry] of [
    ['inference', 'electron/inference/entry.ts'],
    ['audio', 'electron/audio/entry.ts'],
  ] as const) {
    expect(host).toContain(`'main/${name}.js'`);
    expect(build).toContain(`${name}: path('${entry}')`);
    expect(existsSync(join(repository, entry))).toBe(true);
  }
});

it('leaves out nothing that production dependencies load', () => {
  const excluded = stringsOf(configuration.files).filter((pattern) => pattern.startsWith('!'));
  for (const folder of productionFolders(repository)) {
    const manifest = relative(repository, join(folder, 'package.json'));
    expect(excluded.some((pattern) => matchesGlob(manifest, pattern.slice(1)))).toBe(false);
  }
});

it('unpacks every native library and every WebAssembly file of production dependencies', () => {
  const unpacked = stringsOf(configuration.asarUnpack);
  const native: string[] = [];
  for (const folder of productionFolders(repository)) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (/\.(?:node|wasm|dll|dylib|so(?:\.[\d.]+)?)$/.test(name)) native.push(relative(repository, join(folder, name)));
    }
  }
  expect(native.length).toBeGreaterThan(3);
  expect(native.filter((file) => !unpacked.some((pattern) => matchesGlob(file, pattern)))).toEqual([]);
});

it('ships the built-in packs where the packaged host looks for them', () => {
  expect(configuration.extraResources).toEqual([{ from: 'models/packs', to: 'models/packs' }]);
  const host = readFileSync(join(repository, 'electron/main/index.ts'), 'utf8');
  expect(host).toMatch(/process\.resourcesPath[^\n]*'models\/packs'/);
});
