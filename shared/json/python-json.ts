/**
 * JSON as Python's json module writes it: `NaN`, `Infinity` and `-Infinity` are bare words (DPM-Solver's
 * `lambda_min_clipped` is -Infinity by default), which JSON.parse refuses.
 */

const BARE_WORDS = new Map<string, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** Private mark of a quoted bare word. Never in a file: control characters are escaped in JSON strings, so it cannot clash. */
const MARK = '\\u0000number:';
const PARSED_MARK = '\u0000number:';

/** @throws SyntaxError as JSON.parse does */
export function parsePythonJson(text: string): unknown {
  const withoutBom = text.replace(/^\uFEFF/, '');
  const quoted = withoutBom.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
    token.startsWith('"') ? token : `"${MARK}${token}"`,
  );
  return JSON.parse(quoted, (_key, value: unknown) => {
    if (typeof value !== 'string' || !value.startsWith(PARSED_MARK)) return value;
    return BARE_WORDS.get(value.slice(PARSED_MARK.length)) ?? value;
  });
}
