/** Standard MIDI files (formats 0 and 1) as scores. */
import type { MusicTags } from '../../../../shared/music/tags.ts';
import { parseMidi, type MidiEvent } from 'midi-file';
import {
  mostTracks,
  ticksPerQuarter,
  type Instrument,
  type Key,
  type Metre,
  type Note,
  type Tempo,
  type Track,
} from '../../../../shared/music/score.ts';
import { checkMidi } from './midi-check.ts';
import { channelKey, ChannelStates } from './midi-channels.ts';
import { gmInstrumentName } from './gm-names.ts';
import { assembleScore, checkFileSize, checkNoteCount, checkTick, counted, Remarks, unreadable, type ReadMusic } from './music-file.ts';

const drumChannel = 9;

interface HeardNote extends Note {
  chunk: number;
  port: number;
  channel: number;
  program: number;
}

/** Bytes that the library gave as characters: UTF-8 where they are that, else Latin 1. */
function decoded(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const utf8 = bytes.toString('utf8');
  // Control characters have no place in names.
  // eslint-disable-next-line no-control-regex
  return (utf8.includes('\uFFFD') ? text : utf8).replaceAll(/[\u0000-\u001F\u007F]/g, ' ').trim();
}

interface Chunk {
  name: string;
  events: { tick: number; event: MidiEvent }[];
  endTick: number;
}

function timed(events: readonly MidiEvent[], scale: number): Chunk {
  let ticks = 0;
  let name = '';
  const list = events.map((event) => {
    ticks += event.deltaTime;
    if (event.type === 'trackName' && name === '') name = decoded(event.text);
    return { tick: Math.round(ticks * scale), event };
  });
  return { name, events: list, endTick: Math.round(ticks * scale) };
}

/** Tempo, metre and key wherever they stand; in format 1 that should be the first track, but is not always. */
function readSignatures(chunks: readonly Chunk[], remarks: Remarks): { tempos: Tempo[]; metres: Metre[]; keys: Key[] } {
  const tempos: Tempo[] = [];
  const metres: Metre[] = [];
  const keys: Key[] = [];
  for (const { tick, event } of chunks.flatMap(({ events }) => events)) {
    if (event.type !== 'setTempo' && event.type !== 'timeSignature' && event.type !== 'keySignature') continue;
    checkTick(tick);
    if (event.type === 'setTempo') {
      const bpm = 60_000_000 / Math.max(1, event.microsecondsPerBeat);
      if (bpm < 10 || bpm > 999)
        remarks.add('tempo', (count) => `${counted(count, 'tempo')} outside 10 to 999 bpm brought to the nearest of these.`);
      tempos.push({ tick, bpm: Math.min(999, Math.max(10, bpm)) });
    } else if (event.type === 'timeSignature') {
      const denominator = ([1, 2, 4, 8, 16, 32] as const).find((one) => one === event.denominator);
      if (denominator !== undefined && event.numerator >= 1 && event.numerator <= 32)
        metres.push({ tick, numerator: event.numerator, denominator });
      else remarks.add('metre', (count) => `${counted(count, 'time signature')} that Kiln cannot show left out.`);
    } else if (Math.abs(event.key) <= 7) keys.push({ tick, fifths: event.key, mode: event.scale === 1 ? 'minor' : 'major' });
    else remarks.add('key', (count) => `${counted(count, 'key signature')} with more than seven accidentals left out.`);
  }
  return { tempos, metres, keys };
}

function readNotes(chunks: readonly Chunk[], states: ChannelStates, remarks: Remarks): HeardNote[] {
  const notes: HeardNote[] = [];
  for (const [chunk, { events, endTick }] of chunks.entries()) {
    /** The notes that sound, by channel and pitch: the first begun is the first ended. */
    const sounding = new Map<number, { notes: HeardNote[]; ended: number }>();
    let port = 0;
    for (const { tick, event } of events) {
      if (event.type === 'portPrefix') port = event.port;
      else if (event.type === 'programChange' || event.type === 'controller') states.hear(chunk, port, tick, event);
      if (event.type !== 'noteOn' && event.type !== 'noteOff') continue;
      const key = event.channel * 128 + event.noteNumber;
      const queue = sounding.get(key) ?? { notes: [], ended: 0 };
      sounding.set(key, queue);
      if (event.type === 'noteOff') {
        const note = queue.notes[queue.ended];
        if (note === undefined) continue;
        note.duration = Math.max(1, tick - note.start);
        queue.ended += 1;
        continue;
      }
      checkTick(tick);
      const program = event.channel === drumChannel ? 0 : states.programOf(chunk, port, event.channel);
      const note = {
        start: tick,
        duration: 0,
        pitch: event.noteNumber,
        velocity: event.velocity,
        chunk,
        port,
        channel: event.channel,
        program,
      };
      queue.notes.push(note);
      notes.push(note);
      checkNoteCount(notes.length);
    }
    for (const note of [...sounding.values()].flatMap(({ notes: begun, ended }) => begun.slice(ended))) {
      note.duration = Math.max(1, endTick - note.start);
      remarks.add('endless', (count) => `${counted(count, 'note')} without an end closed at the end of the track.`);
    }
  }
  return notes;
}

/** One track a chunk, channel and program; coarser when that makes more tracks than a score has. */
function groups(notes: readonly HeardNote[], remarks: Remarks): HeardNote[][] {
  const keys: ((note: HeardNote) => string)[] = [
    ({ chunk, port, channel, program }) => [chunk, port, channel, program].join(),
    ({ chunk, port, channel }) => [chunk, port, channel].join(),
    ({ channel }) => String(channel),
  ];
  let grouped = new Map<string, HeardNote[]>();
  for (const [level, keyOf] of keys.entries()) {
    grouped = Map.groupBy(notes, keyOf);
    if (grouped.size > mostTracks) continue;
    if (level > 0)
      remarks.add('merged', () => `The file has more than ${String(mostTracks)} parts; parts of the same channel were put into one track.`);
    break;
  }
  return [...grouped.values()].toSorted((a, b) => (a[0]?.chunk ?? 0) - (b[0]?.chunk ?? 0) || (a[0]?.channel ?? 0) - (b[0]?.channel ?? 0));
}

function readTags(chunks: readonly Chunk[], title: string): MusicTags {
  const tags: MusicTags = { title };
  for (const { event } of chunks.flatMap(({ events }) => events)) {
    if (event.type !== 'text') continue;
    const found = /^kiln-(seed|pack): (.+)$/.exec(decoded(event.text));
    if (found?.[1] === 'seed' && Number.isSafeInteger(Number(found[2]))) tags.seed = Number(found[2]);
    if (found?.[1] === 'pack' && found[2] !== undefined) tags.pack = found[2];
  }
  return tags;
}

/**
 * Reads a Standard MIDI file of format 0 or 1 with any ticks per quarter note. Times are brought to 480 ticks; every note is
 * kept. Pitch bends, other controllers than volume, pan and reverb, and exclusive messages are not part of a score.
 * @throws AppError invalid-request for what is no MIDI file, or one without notes; too-large beyond 200,000 notes or 10,000 bars
 */
export function readMidi(bytes: Uint8Array): ReadMusic {
  checkFileSize('MIDI', bytes.length);
  const checked = checkMidi(bytes);
  const remarks = new Remarks();
  if (checked.damagedTracks > 0) {
    remarks.add(
      'damaged',
      () => `The file is damaged or cut short in ${counted(checked.damagedTracks, 'track')}; what comes before the damage was read.`,
    );
  }
  let parsed;
  try {
    parsed = parseMidi(checked.bytes);
  } catch (error) {
    throw unreadable('MIDI', 'its events are damaged.', error);
  }
  const chunks = parsed.tracks.map((events) => timed(events, ticksPerQuarter / checked.ticksPerQuarter));
  const states = new ChannelStates(
    chunks.map(({ events }) => events),
    remarks,
  );
  const notes = readNotes(chunks, states, remarks);
  if (notes.length === 0) {
    throw unreadable('MIDI', checked.damagedTracks > 0 ? 'it is damaged or cut short before its first note.' : 'it has no notes.');
  }
  const chunksWithNotes = new Set(notes.map(({ chunk }) => chunk));
  const first = chunks[0];
  const title = first !== undefined && (checked.format === 0 || !chunksWithNotes.has(0)) ? first.name : '';
  const grouped = groups(notes, remarks);
  const perChunk = Map.groupBy(grouped, (group) => group[0]?.chunk ?? 0);
  const tracks = grouped.map((group, index): Track => {
    const { chunk, port, channel, program } = group[0] ?? { chunk: 0, port: 0, channel: 0, program: 0 };
    const instrument: Instrument = channel === drumChannel ? { kind: 'drums' } : { kind: 'melodic', program };
    const own = checked.format === 1 ? (chunks[chunk]?.name ?? '') : '';
    const instrumentName = gmInstrumentName(instrument);
    const isShared = (perChunk.get(chunk)?.length ?? 1) > 1;
    const name = own === '' ? instrumentName : isShared ? `${own} (${instrumentName})` : own;
    return {
      id: `track-${String(index + 1)}`,
      name: name.slice(0, 200),
      instrument,
      notes: group.map(({ start, duration, pitch, velocity }) => ({ start, duration, pitch, velocity })),
      ...states.mixOf(chunk, channelKey(port, channel)),
      muted: false,
      solo: false,
    };
  });
  const endTick = Math.max(0, ...chunks.map((chunk) => chunk.endTick));
  const score = assembleScore({ title, ...readSignatures(chunks, remarks), tracks, endTick }, remarks);
  return { score, tags: readTags(chunks, score.title), remarks: remarks.list() };
}
