/** Settings in one JSON file, read tolerantly: a field that is wrong falls back to its default, the others stay. */
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { hubTokenSchema, settingsSchema, type Settings } from '../../../shared/domain/settings.ts';
import { guardStorage } from '../database/storage-error.ts';
import type { Logger } from '../host.ts';
import type { EventBus, SettingsService } from '../service-types.ts';

/** What the file holds: the settings, and the hub's token, which is the studio's alone. */
interface Stored {
  settings: Settings;
  hubToken: string | null;
}

export function createSettings(file: string, events: EventBus, log: Logger): SettingsService {
  let { settings: current, hubToken } = read(file, log);
  return {
    get: () => current,
    hubToken: () => hubToken,
    update({ hubToken: newToken, ...patch }) {
      const moved = patch.hubUrl !== undefined && hostOf(patch.hubUrl) !== hostOf(current.hubUrl);
      // A token is for one hub: another one must not be sent it.
      const token = newToken === undefined ? (moved ? null : hubToken) : newToken;
      const next = settingsSchema.parse({ ...current, ...patch, hubTokenSet: token !== null });
      guardStorage('Saving the settings', () => write(file, { settings: next, hubToken: token }));
      current = next;
      hubToken = token;
      events.publish({ type: 'settings.changed', settings: next });
      return next;
    },
  };
}

const hostOf = (url: string): string => new URL(url).host;

function read(file: string, log: Logger): Stored {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { settings: settingsSchema.parse({}), hubToken: null };
  }
  try {
    const stored: unknown = JSON.parse(text);
    const named = typeof stored === 'object' && stored !== null && 'hubToken' in stored ? stored.hubToken : null;
    const token = hubTokenSchema.safeParse(named);
    const hubToken = token.success ? token.data : null;
    return { settings: { ...tolerant(stored), hubTokenSet: hubToken !== null }, hubToken };
  } catch (error) {
    const aside = `${file}.broken-${String(Date.now())}`;
    log.warn(`The settings could not be read; they are kept at ${aside} and the defaults are used`, error);
    try {
      renameSync(file, aside);
    } catch (renameError) {
      log.warn('The broken settings could not be put aside', renameError);
    }
    return { settings: settingsSchema.parse({}), hubToken: null };
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

/** Readable for its owner only: it may hold a token. */
const fileMode = 0o600;

function write(file: string, { settings, hubToken }: Stored): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.part`;
  const handle = openSync(unfinished, 'w', fileMode);
  try {
    // One left by a crash keeps the mode it had.
    chmodSync(unfinished, fileMode);
    const stored = { ...settings, hubTokenSet: undefined, ...(hubToken === null ? {} : { hubToken }) };
    writeSync(handle, `${JSON.stringify(stored, null, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, file);
}
