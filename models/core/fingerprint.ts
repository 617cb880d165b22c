/**
 * A quick fingerprint of bytes for caches that live as long as a process: two 32-bit FNV-1a sums over four bytes at a time,
 * with different primes. Not for secrets and not for files.
 */
export function fingerprint(bytes: Uint8Array): string {
  let first = 0x811c9dc5;
  let second = 0x9dc5811c ^ bytes.length;
  const whole = bytes.length - (bytes.length % 4);
  for (let index = 0; index < whole; index += 4) {
    const word = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8) | ((bytes[index + 2] ?? 0) << 16) | ((bytes[index + 3] ?? 0) << 24);
    first = Math.imul(first ^ word, 0x01000193);
    second = Math.imul(second ^ word ^ (second >>> 15), 0x85ebca6b);
  }
  for (let index = whole; index < bytes.length; index += 1) first = Math.imul(first ^ (bytes[index] ?? 0), 0x01000193);
  return `${(first >>> 0).toString(16)}-${(second >>> 0).toString(16)}`;
}
