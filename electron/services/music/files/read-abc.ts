/** ABC notation as scores, through abcjs: parsed without a page, and played into MIDI as abcjs itself would sound it. */
import abcjs from 'abcjs';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { ReadMusic } from './music-file.ts';
import { readMidi } from './read-midi.ts';

/** Bytes: far more than the largest books of tunes that go round. */
const largestAbcBytes = 2 * 1024 ** 2;
const mostTunes = 2000;
const mostRemarks = 20;
/** Bars of rest in one sign, and lengths of notes; abcjs makes each bar. */
const absurdLength = /[A-Ga-gxyzZX][,']*\d{5}|\(\d{4}/;

/** A tune of a file, or why it cannot be played. */
export type AbcTune = { title: string; line: number } & ({ music: ReadMusic } | { problem: string });

interface Place {
  /** Line of the file in which the tune begins, from 1. */
  line: number;
  /** Lines that were put before it. */
  added: number;
}

/** `Music Line:7:11: Unknown decoration: bad:  …` in words, with the line of the file. */
function words(warning: string, { line, added }: Place): string {
  const found = /^Music Line:(\d+):(\d+): ([\s\S]*?)(?:: {2}|$)/.exec(warning);
  const plain = (text: string): string =>
    text
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
      .slice(0, 200);
  if (found === null) return plain(warning);
  const [, inTune = '1', column = '1', message = ''] = found;
  return `Line ${String(Math.max(line, line + Number(inTune) - 1 - added))}, column ${column}: ${plain(message)}.`;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function readTune(abc: string, title: string, place: Place): AbcTune {
  const base = { title: title.slice(0, 300), line: place.line };
  if (absurdLength.test(abc)) return { ...base, problem: 'It has lengths beyond all music.' };
  let warnings: string[] = [];
  try {
    const tune = abcjs.parseOnly(abc).at(0);
    if (tune === undefined) return { ...base, problem: 'It holds no music.' };
    warnings = (tune.warnings ?? []).map((warning) => words(warning, place));
    // Chord names would otherwise be played as an accompaniment that the tune does not have.
    const midi: unknown = abcjs.synth.getMidiFile(tune, { midiOutputType: 'binary', chordsOff: true });
    if (!isBytes(midi)) return { ...base, problem: 'It cannot be played.' };
    const { score, remarks } = readMidi(midi);
    const named = score.tracks.map((track, index) => ({
      ...track,
      name: score.tracks.length === 1 ? 'Melody' : `Voice ${String(index + 1)}`,
    }));
    const more = warnings.length > mostRemarks ? [`And ${String(warnings.length - mostRemarks)} more.`] : [];
    return {
      ...base,
      music: {
        score: { ...score, title: base.title, tracks: named },
        tags: { title: base.title },
        remarks: [...warnings.slice(0, mostRemarks), ...more, ...remarks],
      },
    };
  } catch (error) {
    if (error instanceof AppError && error.code === 'too-large') return { ...base, problem: error.message };
    return { ...base, problem: warnings[0] ?? 'It has no notes that could be read.' };
  }
}

/**
 * Reads all tunes of an ABC file (2.1, as far as abcjs knows it). Repeats are played out, as a player would; ornaments become
 * notes.
 * @returns one entry a tune, in the order of the file; at least one of them holds music
 * @throws AppError invalid-request, with the line of the first problem; too-large beyond 2 MiB or 2,000 tunes
 */
export function readAbc(bytes: Uint8Array): AbcTune[] {
  if (bytes.length > largestAbcBytes) {
    throw new AppError('too-large', 'This ABC file has more than 2 MiB, the most that Kiln reads.', {
      action: 'Split the collection into several files.',
    });
  }
  const unreadable = (why: string): AppError =>
    new AppError('invalid-request', `This ABC file cannot be read: ${why}`, {
      action: 'Correct the line in a text editor. A tune begins with "X:1", has its key in "K:", and its notes after that.',
    });
  const utf8 = new TextDecoder('utf-8').decode(bytes);
  const text = (utf8.includes('\uFFFD') ? new TextDecoder('windows-1252').decode(bytes) : utf8)
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n?/g, '\n');
  if (text.trim() === '') throw unreadable('it is empty.');
  if (!/^K:/m.test(text)) throw unreadable('it has no key ("K:"), after which a tune\'s notes begin.');
  const book = new abcjs.TuneBook(text);
  if (book.tunes.length > mostTunes) {
    throw new AppError('too-large', `This ABC file has ${String(book.tunes.length)} tunes; Kiln reads up to ${String(mostTunes)}.`, {
      action: 'Split the collection into several files.',
    });
  }
  const added = book.header.split('\n').length - 1;
  const tunes = book.tunes.map(({ abc, title, startPos }) =>
    readTune(abc, title, { line: text.slice(0, startPos).split('\n').length, added }),
  );
  if (tunes.every((tune) => 'problem' in tune)) {
    const [first] = tunes;
    throw unreadable(
      first !== undefined && 'problem' in first
        ? `${first.problem.replace(/\.$/, '')} (tune in line ${String(first.line)}).`
        : 'it has no tunes.',
    );
  }
  return tunes;
}
