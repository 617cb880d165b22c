import { describe, expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

const texts = ['', 'plain', 'Für Elise ♯♭', '楽譜', '\u0000\u007f\u0080\u07ff\u0800\uffff', '𝄞 clef 🎼', 'x'.repeat(10_000) + 'é'];

describe('UTF-8', () => {
  it.each(texts)('is the same as the host’s %#', (text) => {
    expect(encodeUtf8(text)).toEqual(new TextEncoder().encode(text));
    expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  });

  it('replaces unpaired surrogates as the host does', () => {
    expect(encodeUtf8('a\ud800b')).toEqual(new TextEncoder().encode('a\ud800b'));
  });

  it.each([[[0xff]], [[0xc3]], [[0xc0, 0x80]], [[0xe0, 0x80, 0x80]], [[0xed, 0xa0, 0x80]], [[0xf4, 0x90, 0x80, 0x80]], [[0x41, 0x80]]])(
    'refuses %j',
    (bytes) => {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBeNull();
      expect(() => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes))).toThrow();
    },
  );
});
