/** Small things the window remembers for itself: tool settings, not work. */
import type { z } from 'zod';

/** Null when there is nothing, or something else than the schema wants. */
export function recall<Schema extends z.ZodType>(key: string, schema: Schema): z.output<Schema> | null {
  try {
    const parsed = schema.safeParse(JSON.parse(localStorage.getItem(`kiln.${key}`) ?? 'null'));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(`kiln.${key}`);
    else localStorage.setItem(`kiln.${key}`, JSON.stringify(value));
  } catch {
    // A full or forbidden store costs a convenience, nothing else.
  }
}
