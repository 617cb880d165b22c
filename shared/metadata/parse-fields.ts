import { isFields, longestMetadata, type Fields } from './foreign.ts';
import { parseLenientJson } from './lenient-json.ts';

/** A JSON object; null for anything else, and for texts that are too long to be settings. */
export function parseFields(text: string): Fields | null {
  if (text.length > longestMetadata) return null;
  try {
    const parsed = parseLenientJson(text);
    return isFields(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
