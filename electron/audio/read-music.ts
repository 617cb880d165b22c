/** Music files of all kinds as scores. What a file is, its bytes say; names are often wrong. */
import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../../shared/contract/errors.ts';
import { checkedScore } from '../../shared/music/score-json.ts';
import type { Score } from '../../shared/music/score.ts';
import type { MusicTags } from '../../shared/music/tags.ts';
import { checkFileSize, counted } from '../services/music/files/music-file.ts';
import { isZip } from '../services/music/files/mxl.ts';
import { readAbc } from '../services/music/files/read-abc.ts';
import { readMidi } from '../services/music/files/read-midi.ts';
import { readMusicXml } from '../services/music/files/read-musicxml.ts';
import type { ReadMusic } from '../services/music/files/music-file.ts';

const soundFile = {
  kind: 'a recording',
  action:
    'Kiln opens notes: MIDI, MusicXML and ABC files. To turn a recording into notes, use a transcription program and import its MIDI.',
};
const notation = (program: string): { kind: string; action: string } => ({
  kind: `a ${program} file`,
  action: `Open it in ${program} or MuseScore and export it as MusicXML or MIDI, then import that.`,
});

/** By the first bytes: what people try, and what would help them. */
const others: readonly { magic: string; at: number; kind: string; action: string }[] = [
  { magic: 'WAVE', at: 8, ...soundFile },
  { magic: 'AIF', at: 8, ...soundFile },
  { magic: 'ID3', at: 0, ...soundFile },
  { magic: '\u00ff\u00fb', at: 0, ...soundFile },
  { magic: '\u00ff\u00f3', at: 0, ...soundFile },
  { magic: 'OggS', at: 0, ...soundFile },
  { magic: 'fLaC', at: 0, ...soundFile },
  { magic: 'ftyp', at: 4, ...soundFile },
  { magic: 'sfbk', at: 8, kind: 'a SoundFont', action: 'Add it under “SoundFonts” in the music room: it is an instrument, not a piece.' },
  { magic: '%PDF', at: 0, kind: 'a PDF', action: 'It is a picture of notes. Ask for the piece as MusicXML or MIDI.' },
  { magic: '\u0018FICHIER GUITAR PRO', at: 0, ...notation('Guitar Pro') },
  { magic: 'BCFZ', at: 0, ...notation('Guitar Pro') },
  { magic: 'SCORE', at: 0, ...notation('Encore') },
];

const textAt = (bytes: Uint8Array, at: number, length: number): string => Buffer.from(bytes.subarray(at, at + length)).toString('latin1');

export type MusicKind = 'midi' | 'musicxml' | 'abc';

/** @throws AppError unsupported, saying what the file is where that can be told */
export function musicKindOf(bytes: Uint8Array): MusicKind {
  if (textAt(bytes, 0, 4) === 'MThd' || (textAt(bytes, 0, 4) === 'RIFF' && textAt(bytes, 8, 4) === 'RMID')) return 'midi';
  if (isZip(bytes)) return 'musicxml';
  const other = others.find(({ magic, at }) => textAt(bytes, at, magic.length) === magic);
  if (other !== undefined)
    throw new AppError('unsupported', `This is ${other.kind}, which Kiln does not open as music.`, { action: other.action });
  // UTF-16 has a zero beside each letter.
  const start = textAt(bytes, 0, 4096)
    .replaceAll('\0', '')
    .replace(/^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '')
    .trimStart();
  if (start.startsWith('<')) return 'musicxml';
  if (/^(?:%abc|X:|T:|%)/m.test(start) && /^[A-Za-z]:/m.test(start)) return 'abc';
  throw new AppError('unsupported', 'This is no music file that Kiln knows.', {
    action: 'Kiln opens MIDI (.mid), MusicXML (.musicxml, .mxl) and ABC (.abc). If it is one of these, it is damaged: download it again.',
  });
}

function firstTune(bytes: Uint8Array): ReadMusic {
  const tunes = readAbc(bytes);
  const playable = tunes.flatMap((tune) => ('music' in tune ? [tune.music] : []));
  const [music] = playable;
  if (music === undefined) throw new AppError('invalid-request', 'This ABC file holds no tune that can be played.');
  if (tunes.length === 1) return music;
  const remark = `The file holds ${counted(tunes.length, 'tune')}; the first that can be played was opened.`;
  return { ...music, remarks: [remark, ...music.remarks] };
}

async function read(bytes: Uint8Array): Promise<ReadMusic> {
  switch (musicKindOf(bytes)) {
    case 'midi':
      return readMidi(bytes);
    case 'musicxml':
      return readMusicXml(bytes);
    case 'abc':
      return firstTune(bytes);
  }
}

/**
 * @param name what the user calls the file: the title where it has none
 * @throws AppError invalid-request, unsupported, too-large
 */
export async function readMusic(file: string, name: string): Promise<{ score: Score; tags: MusicTags; remarks: string[] }> {
  checkFileSize('music', (await stat(file)).size);
  const { score, tags, remarks } = await read(await readFile(file));
  const title = score.title.trim() === '' ? name.replace(/\.[A-Za-z0-9]{1,8}$/, '').slice(0, 300) : score.title;
  return { score: checkedScore({ ...score, title }), tags: { ...tags, title }, remarks };
}
