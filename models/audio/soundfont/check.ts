/** Looks over a stranger's SoundFont before any parser does: the frame, the sizes, the tables, and where samples lie. */
import { AppError } from '../../../shared/contract/errors.ts';

const mostBytes = 2 ** 31 - 1;
const sampleHeaderBytes = 46;
const vorbisFlag = 0x10;
const recordBytes: Readonly<Record<string, number>> = {
  phdr: 38,
  pbag: 4,
  pmod: 10,
  pgen: 4,
  inst: 22,
  ibag: 4,
  imod: 10,
  igen: 4,
  shdr: sampleHeaderBytes,
};

const invalid = (why: string): AppError =>
  new AppError('pack-invalid', `The SoundFont cannot be read: ${why}.`, {
    action: 'Choose another SF2 or SF3 file, or download it again.',
  });

interface Chunk {
  id: string;
  start: number;
  size: number;
}

const idAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

function chunksOf(bytes: Uint8Array, view: DataView, start: number, end: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = start; at + 8 <= end;) {
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > end) throw invalid(`its part "${idAt(bytes, at)}" says it is longer than the file`);
    chunks.push({ id: idAt(bytes, at), start: at + 8, size });
    at += 8 + size + (size % 2);
    if (chunks.length > 1000) throw invalid('it has too many parts');
  }
  return chunks;
}

/** @throws AppError `pack-invalid`, `too-large` */
export function checkSoundFontBytes(bytes: Uint8Array): void {
  if (bytes.length > mostBytes) {
    throw new AppError('too-large', 'The SoundFont is larger than 2 GB.', {
      action: 'Choose a smaller SoundFont, or its compressed SF3 form.',
    });
  }
  if (bytes.length < 12 || idAt(bytes, 0) !== 'RIFF' || idAt(bytes, 8) !== 'sfbk') throw invalid('it is no SF2 or SF3 file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw invalid('it is cut off');
  const lists = new Map<string, Chunk[]>();
  for (const chunk of chunksOf(bytes, view, 12, end)) {
    if (chunk.id === 'LIST' && chunk.size >= 4)
      lists.set(idAt(bytes, chunk.start), chunksOf(bytes, view, chunk.start + 4, chunk.start + chunk.size));
  }
  const tables = lists.get('pdta');
  const samples = lists.get('sdta')?.find(({ id }) => id === 'smpl');
  if (tables === undefined) throw invalid('its list of presets is missing');
  if (samples === undefined) throw invalid('its samples are missing');
  for (const [id, size] of Object.entries(recordBytes)) {
    const table = tables.find((chunk) => chunk.id === id);
    if (table === undefined || table.size < size || table.size % size !== 0) throw invalid(`its table "${id}" is missing or damaged`);
    if (id === 'shdr') checkSamples(view, table, samples.size);
  }
}

/** The last record only ends the table. */
function checkSamples(view: DataView, table: Chunk, sampleBytes: number): void {
  for (let at = table.start; at + sampleHeaderBytes * 2 <= table.start + table.size; at += sampleHeaderBytes) {
    const start = view.getUint32(at + 20, true);
    const end = view.getUint32(at + 24, true);
    const rate = view.getUint32(at + 36, true);
    const type = view.getUint16(at + 44, true);
    // Of compressed samples (SF3) start and end count bytes; samples of the ROM of a sound card have none here.
    const unit = (type & vorbisFlag) === 0 ? 2 : 1;
    if ((type & 0x8000) !== 0) continue;
    if (start > end || end * unit > sampleBytes) throw invalid('it names samples that it does not hold');
    if (rate === 0 || rate > 400_000) throw invalid(`a sample says it has ${rate} Hz`);
  }
}
