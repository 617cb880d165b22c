/** The held-out pieces of the three sets, as scores: chorales, songs with piano, drumming. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { emptyScore, sortedNotes, type Metre, type Note, type Score, type Track } from '../../shared/music/score.ts';
import { readMidi } from '../../electron/services/music/files/read-midi.ts';

const data = new URL('../../../shared/data/', import.meta.url);

/** [steps][4] MIDI pitches, soprano first; -1: silent. */
export type Chorale = number[][];
const choralesSchema = z.object({
  train: z.array(z.array(z.array(z.int()).length(4))),
  valid: z.array(z.array(z.array(z.int()).length(4))),
  test: z.array(z.array(z.array(z.int()).length(4))),
});
export type Chorales = Record<'train' | 'valid' | 'test', Chorale[]>;

export function readChorales(): Chorales {
  return choralesSchema.parse(JSON.parse(readFileSync(new URL('jsb_chorales/jsb16_satb.json', data), 'utf8')));
}

export const trackOf = (id: string, notes: readonly Note[], instrument: Track['instrument'] = { kind: 'melodic', program: 0 }): Track => ({
  id, name: id, instrument, notes: sortedNotes(notes), volume: 0.8, pan: 0, muted: false, solo: false, reverb: 0.2,
}); // prettier-ignore

const voiceNames = ['Soprano', 'Alto', 'Tenor', 'Bass'];
const stepTicks = 120;

export function scoreOfChorale(piece: Chorale): Score {
  const frame = emptyScore({ bars: Math.ceil(piece.length / 16), bpm: 90, metre: { numerator: 4, denominator: 4 }, key: null });
  const tracks = voiceNames.map((name, voice) => {
    const notes: Note[] = [];
    for (let step = 0; step < piece.length; step += 1) {
      const pitch = piece[step]?.[voice] ?? -1;
      const last = notes.at(-1);
      if (pitch < 0) continue;
      if (step > 0 && piece[step - 1]?.[voice] === pitch && last !== undefined) last.duration += stepTicks;
      else notes.push({ start: step * stepTicks, duration: stepTicks, pitch, velocity: 80 });
    }
    return trackOf(name, notes);
  });
  return { ...frame, tracks };
}

/** Four tracks, from high to low, on the grid of 16ths. */
export function choraleOfScore({ tracks, lengthTicks }: Pick<Score, 'tracks' | 'lengthTicks'>): Chorale {
  const steps = Math.round(lengthTicks / stepTicks);
  const piece: Chorale = Array.from({ length: steps }, () => [-1, -1, -1, -1]);
  for (const [voice, { notes }] of tracks.slice(0, 4).entries()) {
    for (const { start, duration, pitch } of notes) {
      for (let step = Math.round(start / stepTicks); step < Math.min(steps, Math.round((start + duration) / stepTicks)); step += 1) {
        const moment = piece[step];
        if (moment !== undefined) moment[voice] = pitch;
      }
    }
  }
  return piece;
}

const songSchema = z.object({
  composer: z.string(),
  times: z.array(z.tuple([z.number(), z.string()])),
  tempi: z.array(z.tuple([z.number(), z.number()])),
  bars: z.array(z.number()),
  parts: z.array(z.object({ program: z.number(), notes: z.array(z.array(z.number()).min(4)) })),
});
/** Ticks of the set's 24 to the quarter. */
const songTicks = 20;

/** As models/training/score/lieder.py splits the composers. */
const isHeldOut = (composer: string): boolean => parseInt(createHash('sha256').update(composer).digest('hex').slice(0, 8), 16) % 10 === 0;

/** Songs of composers that no model has met: one voice and piano, in one metre of 2/4, 3/4 or 4/4, without their pickup. */
export function readSongs(): Score[] {
  const lines = gunzipSync(readFileSync(new URL('lieder/lieder.jsonl.gz', data))).toString('utf8').trim().split('\n'); // prettier-ignore
  return lines.flatMap((line) => {
    const song = songSchema.parse(JSON.parse(line));
    const [voice, piano] = song.parts;
    const time = song.times[0]?.[1] ?? '';
    if (!isHeldOut(song.composer) || song.parts.length !== 2 || voice?.program === 0 || piano?.program !== 0) return [];
    if (song.times.length !== 1 || !['2/4', '3/4', '4/4'].includes(time)) return [];
    const metre: Omit<Metre, 'tick'> = { numerator: Number(time[0]), denominator: 4 };
    const length = metre.numerator * 24;
    const first = song.bars.find((start, index) => (song.bars[index + 1] ?? 0) - start === length);
    if (first === undefined) return [];
    const bars = Math.ceil(((song.bars.at(-1) ?? 0) - first) / length) + 1;
    const notes = (chosen: readonly number[][]): Note[] =>
      chosen.flatMap(([start = 0, duration = 0, pitch = 0]) =>
        start < first || pitch < 21 || pitch > 108
          ? []
          : [{ start: (start - first) * songTicks, duration: Math.max(1, duration * songTicks), pitch, velocity: 80 }],
      );
    const tracks = [
      trackOf('Voice', notes(voice?.notes ?? [])),
      trackOf('Piano right hand', notes(piano.notes.filter(([, , , staff]) => staff === 1))),
      trackOf('Piano left hand', notes(piano.notes.filter(([, , , staff]) => staff !== 1))),
    ];
    return [{ ...emptyScore({ bars, bpm: Math.min(400, Math.max(10, song.tempi[0]?.[1] ?? 90)), metre, key: null }), tracks }];
  });
}

/** Test performances of the Groove MIDI Dataset in 4/4, at least `bars` long, cut to that. */
export function readDrums(bars: number): Score[] {
  const folder = new URL('groove_midi/', data);
  const [head = '', ...lines] = readFileSync(new URL('info.csv', folder), 'utf8').trim().split(/\r?\n/);
  const columns = head.split(',');
  return lines.flatMap((line) => {
    const values = line.split(',');
    const of = (name: string): string => values[columns.indexOf(name)] ?? '';
    const file = new URL(of('midi_filename'), folder);
    if (of('split') !== 'test' || of('time_signature') !== '4-4' || of('beat_type') !== 'beat' || !existsSync(file)) return [];
    const { score } = readMidi(readFileSync(file));
    const lengthTicks = bars * 1920;
    const notes = score.tracks.flatMap((track) => track.notes).filter(({ start }) => start < lengthTicks);
    if (notes.every(({ start }) => start < lengthTicks - 1920)) return [];
    return [{ ...emptyScore({ bars, bpm: Number(of('bpm')), metre: { numerator: 4, denominator: 4 }, key: null }), tracks: [trackOf('Drums', notes, { kind: 'drums' })] }]; // prettier-ignore
  });
}
