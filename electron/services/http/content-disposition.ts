/** RFC 6266: a plain name for old readers and the real one in UTF-8, neither able to leave the header or the folder. */
export function attachment(fileName: string): string {
  const safe = safeFileName(fileName);
  const plain = safe.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(safe).replace(/['()*]/g, (character) => '%' + character.charCodeAt(0).toString(16).toUpperCase());
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

const reservedOnWindows = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A name that is one on every file system: no separators, control or direction-changing characters, not hidden, not a device. */
export function safeFileName(name: string): string {
  const cleaned = name
    // eslint-disable-next-line no-control-regex -- control characters are what must go
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\p{Surrogate}/gu, '')
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const dot = cleaned.lastIndexOf('.');
  const extension = dot > 0 && cleaned.length - dot <= 10 ? cleaned.slice(dot) : '';
  const stem = Array.from(cleaned.slice(0, cleaned.length - extension.length))
    .slice(0, 120)
    .join('');
  const shortened = (stem + extension).trim();
  if (shortened === '') return 'kiln';
  return reservedOnWindows.test(shortened) ? `_${shortened}` : shortened;
}
