import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataFolder } from './data-folder.ts';

describe('dataFolder', () => {
  const home = '/home/ada';

  it('follows the platform', () => {
    expect(dataFolder({ env: {}, platform: 'linux', home })).toBe('/home/ada/.local/share/kiln');
    expect(dataFolder({ env: { XDG_DATA_HOME: '/data' }, platform: 'linux', home })).toBe('/data/kiln');
    expect(dataFolder({ env: { XDG_DATA_HOME: 'relative' }, platform: 'linux', home })).toBe('/home/ada/.local/share/kiln');
    expect(dataFolder({ env: {}, platform: 'darwin', home })).toBe('/home/ada/Library/Application Support/Kiln');
    expect(dataFolder({ env: { APPDATA: '/appdata' }, platform: 'win32', home })).toBe(join('/appdata', 'Kiln'));
  });

  it('lets KILN_DATA override the convention and --data override both, always absolute', () => {
    expect(dataFolder({ env: { KILN_DATA: '/k' }, platform: 'darwin', home })).toBe('/k');
    expect(dataFolder({ env: { KILN_DATA: '' }, platform: 'linux', home })).toBe('/home/ada/.local/share/kiln');
    expect(() => dataFolder({ explicit: process.execPath })).toThrow('is a file; the library needs a folder');
    expect(dataFolder({ explicit: 'here', env: { KILN_DATA: '/k' } })).toBe(resolve('here'));
  });
});
