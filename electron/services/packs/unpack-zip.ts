/** Unpacks a stranger's zip, trusting nothing it says: names, kinds of entries, sizes and how far it inflates. */
import { createWriteStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { AppError } from '../../../shared/contract/errors.ts';
import { packPathSchema } from '../../../shared/domain/pack-path.ts';

export interface ZipLimits {
  entries: number;
  totalBytes: number;
  /** Unpacked over packed, once more than 10 MiB have come out: weights hardly compress at all. */
  ratio: number;
}

export const zipLimits: ZipLimits = { entries: 5000, totalBytes: 32 * 1024 ** 3, ratio: 100 };

const hostile = (message: string): AppError => new AppError('pack-hostile', message, { action: 'Do not use this file.' });

const symbolicLink = 0o120000;
const fileKind = 0o170000;

/** Throws pack-hostile or pack-invalid; what was unpacked so far is the caller's to remove. */
export async function unpackZip(file: string, into: string, limits: ZipLimits = zipLimits): Promise<void> {
  const packedBytes = (await stat(file)).size;
  const zip = await yauzl.openPromise(file, { strictFileNames: true, validateEntrySizes: true }).catch((error: unknown) => {
    throw new AppError('pack-invalid', 'The file is not a zip archive, or it is cut short.', {
      action: 'Download it again.',
      cause: error,
    });
  });
  const seen = new Set<string>();
  let unpackedBytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const name = entry.fileName;
      if (seen.size >= limits.entries) throw hostile(`The archive holds more than ${String(limits.entries)} files.`);
      if (((entry.externalFileAttributes >>> 16) & fileKind) === symbolicLink)
        throw hostile(`The archive holds a symbolic link ("${name}").`);
      if (name.endsWith('/')) continue;
      if (!packPathSchema.safeParse(name).success)
        throw hostile(`The archive holds a file outside its own folder ("${name.slice(0, 80)}").`);
      // On disks that ignore case one of the two would overwrite the other.
      const key = name.toLowerCase().normalize('NFC');
      if (seen.has(key)) throw hostile(`The archive holds "${name}" twice.`);
      seen.add(key);
      const target = join(into, name);
      await mkdir(dirname(target), { recursive: true });
      const guard = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          unpackedBytes += chunk.byteLength;
          if (unpackedBytes > limits.totalBytes) done(hostile('The archive unpacks to an absurd size.'));
          else if (unpackedBytes > 10 * 1024 ** 2 && unpackedBytes > packedBytes * limits.ratio)
            done(hostile('The archive is a zip bomb.'));
          else done(null, chunk);
        },
      });
      await pipeline(await zip.openReadStreamPromise(entry), guard, createWriteStream(target, { flags: 'wx' }));
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof Error && /relative path|absolute path|invalid characters/.test(error.message)) {
      throw hostile(`The archive holds a file outside its own folder (${error.message.slice(0, 100)}).`);
    }
    if (error instanceof Error && 'code' in error) throw error;
    throw new AppError('pack-invalid', 'The archive is damaged.', { action: 'Download it again.', cause: error });
  } finally {
    zip.close();
  }
}
