/** The header of a .safetensors file on disk; the weights stay there. */
import { open } from 'node:fs/promises';
import { checkHeaderLength, lengthBytes, parseSafetensorsHeader, type SafetensorsHeader } from '../../../../shared/weights/safetensors.ts';

/** @throws pack-invalid for damaged and hostile files */
export async function readSafetensors(file: string): Promise<SafetensorsHeader> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Buffer.alloc(lengthBytes);
    await handle.read(start, 0, lengthBytes, 0);
    const length = Number(start.readBigUInt64LE());
    checkHeaderLength(length, size);
    const header = Buffer.alloc(length);
    await handle.read(header, 0, length, lengthBytes);
    return parseSafetensorsHeader(header.toString('utf8'), length, size);
  } finally {
    await handle.close();
  }
}
