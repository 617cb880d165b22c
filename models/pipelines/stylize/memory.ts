/**
 * What moving a slider need not compute again: read styles and matched features of small pictures. Kept per session, so that
 * it goes when the session does.
 */
import type { ModelSession } from '../../runtime.ts';

const entriesKept = 12;
const kept = new WeakMap<ModelSession, Map<string, Promise<unknown>>>();

/** `make` runs once for a key, as long as it is among the last ones used; failures are forgotten. The key says the type. */
export function remembered<Value>(session: ModelSession, key: string, make: () => Promise<Value>): Promise<Value> {
  const entries = kept.get(session) ?? new Map<string, Promise<unknown>>();
  kept.set(session, entries);
  // Only `make` puts values under its key.
  const found = entries.get(key) as Promise<Value> | undefined;
  const value = found ?? make();
  entries.delete(key);
  entries.set(key, value);
  if (found === undefined) {
    value.catch(() => entries.delete(key));
    const [oldest] = entries.keys();
    if (entries.size > entriesKept && oldest !== undefined) entries.delete(oldest);
  }
  return value;
}
