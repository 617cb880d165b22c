/** What a sound file says of itself, in the words of each format. */
import type { MusicTags } from '../../../shared/music/tags.ts';
import { concatBytes } from './audio-source.ts';

export interface AudioTags extends MusicTags {
  /** How it came about, in a sentence. */
  comment?: string;
}

const software = 'Kiln';

/** Comments as Vorbis, Opus and FLAC have them: `NAME=value`. */
export const vorbisComments = ({ title, seed, pack, comment }: AudioTags): string[] => [
  ...(title === '' ? [] : [`TITLE=${title}`]),
  `SOFTWARE=${software}`,
  ...(seed === undefined ? [] : [`KILN_SEED=${String(seed)}`]),
  ...(pack === undefined ? [] : [`KILN_PACK=${pack}`]),
  ...(comment === undefined ? [] : [`COMMENT=${comment}`]),
];

function sized(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  const out = Buffer.alloc(4 + bytes.length);
  out.writeUInt32LE(bytes.length);
  out.set(bytes, 4);
  return out;
}

/** The comment block of the Vorbis specification, section 5, without the framing bit. */
export function vorbisCommentBlock(vendor: string, tags: AudioTags | null): Uint8Array {
  const comments = tags === null ? [] : vorbisComments(tags);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(comments.length);
  return concatBytes([sized(vendor), count, ...comments.map(sized)]);
}

/** RIFF's LIST chunk of kind INFO. Readers take its text as they like; UTF-8 is what most expect today. */
export function infoChunk({ title, seed, pack, comment }: AudioTags): Uint8Array {
  const origin = [
    ...(comment === undefined ? [] : [comment]),
    ...(seed === undefined ? [] : [`seed ${String(seed)}`]),
    ...(pack === undefined ? [] : [`pack ${pack}`]),
  ].join('; ');
  const fields = [
    ['INAM', title],
    ['ISFT', software],
    ['ICMT', origin],
  ] as const;
  const parts = fields.flatMap(([id, text]) => {
    if (text === '') return [];
    const bytes = Buffer.from(`${text}\0`, 'utf8');
    const chunk = Buffer.alloc(8 + bytes.length + (bytes.length % 2));
    chunk.write(id, 'latin1');
    chunk.writeUInt32LE(bytes.length, 4);
    chunk.set(bytes, 8);
    return [chunk];
  });
  const body = concatBytes(parts);
  const header = Buffer.alloc(12);
  header.write('LIST', 'latin1');
  header.writeUInt32LE(4 + body.length, 4);
  header.write('INFO', 8, 'latin1');
  return concatBytes([header, body]);
}

/** Seven bits a byte, as ID3v2 counts. */
const syncsafe = (value: number): number[] => [(value >> 21) & 0x7f, (value >> 14) & 0x7f, (value >> 7) & 0x7f, value & 0x7f];

/** An ID3v2.4 tag in UTF-8, to be put before the first frame. */
export function id3Tag({ title, seed, pack, comment }: AudioTags): Uint8Array {
  const frame = (id: string, content: string): Uint8Array => {
    const body = Buffer.from(`\u0003${content}`, 'utf8');
    return concatBytes([Buffer.from(id, 'latin1'), Uint8Array.from([...syncsafe(body.length), 0, 0]), body]);
  };
  const frames = concatBytes([
    ...(title === '' ? [] : [frame('TIT2', title)]),
    frame('TSSE', software),
    ...(seed === undefined ? [] : [frame('TXXX', `KILN_SEED\0${String(seed)}`)]),
    ...(pack === undefined ? [] : [frame('TXXX', `KILN_PACK\0${pack}`)]),
    // Language, and a short description, which is empty.
    ...(comment === undefined ? [] : [frame('COMM', `eng\0${comment}`)]),
  ]);
  return concatBytes([Buffer.from('ID3\u0004\0\0', 'latin1'), Uint8Array.from(syncsafe(frames.length)), frames]);
}
