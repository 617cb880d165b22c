/**
 * Scores as Standard MIDI files of format 1. The library's writer copies everything it has at every longer delta, so that a
 * long piece would take hours; the format is small enough to be written here.
 */
import type { FileTags } from './music-file.ts';
import { ticksPerQuarter, type Score, type Track } from '../../../../shared/music/score.ts';
import { controllerOfPan, controllers } from './midi-channels.ts';

interface TimedBytes {
  tick: number;
  /** At the same tick, lower comes first: settings, ends of notes, beginnings. */
  order: number;
  bytes: readonly number[];
}

function variableLength(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

const meta = (kind: number, data: ArrayLike<number>): number[] => [0xff, kind, ...variableLength(data.length), ...Array.from(data)];
const textMeta = (kind: number, text: string): number[] => meta(kind, Buffer.from(text, 'utf8'));

function trackChunk(events: readonly TimedBytes[], endTick: number): Uint8Array {
  const bytes: number[] = [];
  let last = 0;
  const end = { tick: endTick, order: 9, bytes: meta(0x2f, []) };
  for (const event of [...events.toSorted((a, b) => a.tick - b.tick || a.order - b.order), end]) {
    const tick = Math.max(last, event.tick);
    bytes.push(...variableLength(tick - last), ...event.bytes);
    last = tick;
  }
  const chunk = Buffer.alloc(8 + bytes.length);
  chunk.write('MTrk', 'latin1');
  chunk.writeUInt32BE(bytes.length, 4);
  chunk.set(bytes, 8);
  return chunk;
}

/** The conductor's track: names, tempo, metre and key. */
function conductor(score: Score, tags: FileTags | null): TimedBytes[] {
  const at = (tick: number, bytes: readonly number[]): TimedBytes => ({ tick, order: 0, bytes });
  return [
    at(0, textMeta(0x03, tags?.title ?? score.title)),
    ...(tags === null ? [] : [at(0, textMeta(0x01, tags.comment ?? 'Made with Kiln'))]),
    ...(tags?.seed === undefined ? [] : [at(0, textMeta(0x01, `kiln-seed: ${String(tags.seed)}`))]),
    ...(tags?.pack === undefined ? [] : [at(0, textMeta(0x01, `kiln-pack: ${tags.pack}`))]),
    ...score.tempos.map(({ tick, bpm }) => {
      // Three bytes hold down to 3.6 bpm.
      const microseconds = Math.round(60_000_000 / bpm);
      return at(tick, meta(0x51, [(microseconds >> 16) & 0xff, (microseconds >> 8) & 0xff, microseconds & 0xff]));
    }),
    // 24 clocks a quarter: the metronome clicks on the counted value.
    ...score.metres.map(({ tick, numerator, denominator }) =>
      at(tick, meta(0x58, [numerator, Math.log2(denominator), Math.max(1, 96 / denominator), 8])),
    ),
    ...score.keys.map(({ tick, fifths, mode }) => at(tick, meta(0x59, [fifths & 0xff, mode === 'minor' ? 1 : 0]))),
  ];
}

function trackEvents(track: Track, channel: number, port: number): TimedBytes[] {
  const setting = (bytes: readonly number[]): TimedBytes => ({ tick: 0, order: 0, bytes });
  const control = (controller: number, value: number): TimedBytes =>
    setting([0xb0 | channel, controller, Math.min(127, Math.max(0, value))]);
  const events: TimedBytes[] = [
    setting(textMeta(0x03, track.name)),
    ...(port > 0 ? [setting(meta(0x21, [port]))] : []),
    ...(track.instrument.kind === 'melodic' ? [setting([0xc0 | channel, track.instrument.program])] : []),
    control(controllers.volume, Math.round(track.volume * 127)),
    control(controllers.pan, controllerOfPan(track.pan)),
    control(controllers.reverb, Math.round(track.reverb * 127)),
  ];
  for (const { start, duration, pitch, velocity } of track.notes) {
    events.push({ tick: start, order: 2, bytes: [0x90 | channel, pitch, velocity] });
    events.push({ tick: start + duration, order: 1, bytes: [0x80 | channel, pitch, 64] });
  }
  return events;
}

/** 15 channels for instruments and one for drums; when they are used up, those of the next port. */
function channels(tracks: readonly Track[]): { channel: number; port: number }[] {
  let [melodic, drums] = [0, 0];
  return tracks.map(({ instrument }) => {
    if (instrument.kind === 'drums') {
      drums += 1;
      return { channel: 9, port: drums - 1 };
    }
    const place = melodic % 15;
    melodic += 1;
    return { channel: place < 9 ? place : place + 1, port: Math.floor((melodic - 1) / 15) };
  });
}

/**
 * A MIDI file of format 1 with 480 ticks a quarter: tempo, metre and key in the first track, then one track a track. MIDI has one
 * note-off a pitch: where a note lies wholly within a longer one of the same pitch and track, readers exchange their ends.
 * @param tags null: nothing but the score's own title
 */
export function writeMidi(score: Score, tags: FileTags | null = { title: score.title }): Uint8Array {
  const header = Buffer.alloc(14);
  header.write('MThd', 'latin1');
  header.writeUInt32BE(6, 4);
  header.writeUInt16BE(1, 8);
  header.writeUInt16BE(score.tracks.length + 1, 10);
  header.writeUInt16BE(ticksPerQuarter, 12);
  const places = channels(score.tracks);
  const chunks = score.tracks.map((track, index) => {
    const { channel, port } = places[index] ?? { channel: 0, port: 0 };
    return trackChunk(trackEvents(track, channel, port), score.lengthTicks);
  });
  return Uint8Array.from(Buffer.concat([header, trackChunk(conductor(score, tags), score.lengthTicks), ...chunks]));
}
