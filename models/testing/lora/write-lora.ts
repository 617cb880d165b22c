/** Writes .safetensors for tests: small, seeded, single precision. */
export function safetensors(tensors: Readonly<Record<string, { shape: readonly number[]; values: Float32Array }>>): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let place = 8 + text.length;
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), place);
    place += values.byteLength;
  }
  return bytes;
}

/** Numbers between -size and size that look random and are the same each time. */
export function seededValues(count: number, size: number): Float32Array {
  return Float32Array.from({ length: count }, (_value, index) => size * Math.sin(12.9898 * (index + 1)) * Math.cos(78.233 * (index + 1)));
}
