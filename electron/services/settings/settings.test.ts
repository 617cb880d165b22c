import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settingsPatchSchema } from '../../../shared/domain/settings.ts';
import { recordingEvents, silentLog } from '../testing/scratch-library.ts';
import { createSettings } from './settings.ts';

let folder: string;
let file: string;
const events = recordingEvents();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-settings-'));
  file = join(folder, 'settings.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): ReturnType<typeof createSettings> => createSettings(file, events, silentLog);

it('is offline unless told otherwise', () => {
  expect(open().get()).toMatchObject({ network: 'offline', hubTokenSet: false });
});

it('keeps the token in a file for its owner alone, and tells nobody', async () => {
  await writeFile(file, '{}', { mode: 0o644 });
  const settings = open();
  const answer = settings.update({ hubToken: 'hf_secret' });
  expect(answer.hubTokenSet).toBe(true);
  expect(JSON.stringify([answer, settings.get(), events.published])).not.toContain('hf_secret');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).toContain('hf_secret');
  settings.update({ theme: 'dark' });
  const again = open();
  expect([again.hubToken(), again.get().hubTokenSet, again.get().theme]).toEqual(['hf_secret', true, 'dark']);
  again.update({ hubToken: null });
  expect(await readFile(file, 'utf8')).not.toContain('hf_secret');
  expect(open().get().hubTokenSet).toBe(false);
});

it('forgets the token when the hub becomes another one', () => {
  const settings = open();
  settings.update({ hubToken: 'hf_secret' });
  settings.update({ hubUrl: 'https://huggingface.co/' });
  expect(settings.hubToken()).toBe('hf_secret');
  settings.update({ hubUrl: 'https://mirror.example' });
  expect([settings.hubToken(), settings.get().hubTokenSet]).toEqual([null, false]);
});

it.each([
  ['http://hub.example', false],
  ['https://user:pass@hub.example', false],
  ['https://hub.example/?x=1', false],
  ['ftp://hub.example', false],
  ['javascript:alert(1)', false],
  ['https://hub.example/mirror/', true],
  ['https://hub.example:8443', true],
  ['http://127.0.0.1:8080', true],
  ['http://localhost', true],
  ['http://127.0.0.1.example.com', false],
])('%s as a hub: %s', (hubUrl, allowed) => expect(settingsPatchSchema.safeParse({ hubUrl }).success).toBe(allowed));
