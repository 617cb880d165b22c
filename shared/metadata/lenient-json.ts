/**
 * JSON as these programs write it: Python's NaN and Infinity, and whole numbers too long for a double, whose last digits matter
 * when they are seeds. Read in one pass, since the files are strangers'.
 */

/** NaN and Infinity become null, whole numbers of 16 digits and more become strings. @throws SyntaxError as JSON.parse does */
export function parseLenientJson(text: string): unknown {
  let rewritten = '';
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const plainEnd = quote < 0 ? text.length : quote;
    rewritten += text
      .slice(at, plainEnd)
      .replace(/-?\b(?:NaN|Infinity)\b/g, 'null')
      .replace(/(?<![\d.eE+-])-?\d{16,24}(?![\d.eE])/g, '"$&"');
    if (quote < 0) break;
    const end = stringEnd(text, quote);
    rewritten += text.slice(quote, end);
    at = end;
  }
  return JSON.parse(rewritten.replace(/^\uFEFF/, ''));
}

/** Right behind the string that begins at `quote`. */
function stringEnd(text: string, quote: number): number {
  let at = quote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(text.length, at + 1);
}
