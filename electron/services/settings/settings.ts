/** Settings in one JSON file, read tolerantly: a field that is wrong falls back to its default, the others stay. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { settingsSchema, type Settings } from '../../../shared/domain/settings.ts';
import { guardStorage } from '../database/storage-error.ts';
import type { Logger } from '../host.ts';
import type { EventBus, SettingsService } from '../service-types.ts';

export function createSettings(file: string, events: EventBus, log: Logger): SettingsService {
  let current = read(file, log);
  return {
    get: () => current,
    update(patch) {
      const next = settingsSchema.parse({ ...current, ...patch });
      guardStorage('Saving the settings', () => write(file, next));
      current = next;
      events.publish({ type: 'settings.changed', settings: next });
      return next;
    },
  };
}

function read(file: string, log: Logger): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return settingsSchema.parse({});
  }
  try {
    return tolerant(JSON.parse(text));
  } catch (error) {
    const aside = `${file}.broken-${String(Date.now())}`;
    log.warn(`The settings could not be read; they are kept at ${aside} and the defaults are used`, error);
    try {
      renameSync(file, aside);
    } catch (renameError) {
      log.warn('The broken settings could not be put aside', renameError);
    }
    return settingsSchema.parse({});
  }
}

/** Field by field, so that one bad value does not cost the rest. */
export function tolerant(stored: unknown): Settings {
  const whole = settingsSchema.safeParse(stored);
  if (whole.success) return whole.data;
  const kept: Record<string, unknown> = {};
  if (typeof stored === 'object' && stored !== null) {
    for (const [name, value] of Object.entries<unknown>({ ...stored })) {
      if (settingsSchema.safeParse({ [name]: value }).success) kept[name] = value;
    }
  }
  return settingsSchema.parse(kept);
}

function write(file: string, settings: Settings): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.part`;
  const handle = openSync(unfinished, 'w');
  try {
    writeSync(handle, `${JSON.stringify(settings, null, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, file);
}
