/** Compressed MusicXML: a zip whose `META-INF/container.xml` names the score. Read in memory, within narrow limits. */
import yauzl from 'yauzl';
import { AppError } from '../../../../shared/contract/errors.ts';
import { largestMusicFileBytes, unreadable } from './music-file.ts';
import { child, childrenOf, parseXml } from './xml.ts';

const mostEntries = 500;
const kind = 'MusicXML';
const containerPath = 'META-INF/container.xml';

const hostile = (message: string): AppError => new AppError('invalid-request', message, { action: 'Do not use this file.' });

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** Only texts are unpacked: scores may bring pictures and sounds, which are passed over. */
async function readTexts(bytes: Uint8Array): Promise<Map<string, Buffer>> {
  const zip = await yauzl.fromBufferPromise(Buffer.from(bytes), { strictFileNames: true, validateEntrySizes: true });
  const texts = new Map<string, Buffer>();
  let unpackedBytes = 0;
  let entries = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      entries += 1;
      if (entries > mostEntries) throw hostile(`The archive holds more than ${String(mostEntries)} files.`);
      if (!/\.(?:xml|musicxml)$/i.test(entry.fileName)) continue;
      const parts: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        if (!(chunk instanceof Uint8Array)) continue;
        unpackedBytes += chunk.byteLength;
        if (unpackedBytes > largestMusicFileBytes) throw hostile('The archive unpacks to an absurd size.');
        parts.push(Buffer.from(chunk));
      }
      texts.set(entry.fileName, Buffer.concat(parts));
    }
  } finally {
    zip.close();
  }
  return texts;
}

/** The score's XML. @throws AppError invalid-request */
export async function unpackMxl(bytes: Uint8Array): Promise<Uint8Array> {
  let texts;
  try {
    texts = await readTexts(bytes);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable(kind, 'its archive is damaged or cut short.', error);
  }
  const container = texts.get(containerPath);
  const named =
    container === undefined ? undefined : childrenOf(child(parseXml(kind, container), 'rootfiles'), 'rootfile')[0]?.attributes['full-path'];
  // Some programs forget the container.
  const name = named ?? [...texts.keys()].find((one) => one !== containerPath);
  const score = name === undefined ? undefined : texts.get(name);
  if (score === undefined) throw unreadable(kind, 'its archive holds no score.');
  return score;
}
