/** Drum tracks in the latent space: bars of 16 places for nine drums. */
import { sortedNotes, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import type { ScoreRegion } from '../../../../shared/pipelines/score.ts';
import { decodeDrumBars, drumBarValues, drumCount, drumValues, encodeDrumBars } from '../../../components/score/bar-vae.ts';
import { drumOfPitch, drumPitches } from '../autoregressive/drum-map.ts';
import type { ScoreRun } from '../run.ts';
import { beginsIn } from '../voices/places.ts';
import { stepTicks } from '../voices/tokens.ts';
import { cellsOf, type Cell } from './cells.ts';
import { hashOf, type Move } from './latents.ts';

/** From this probability on a drum is hit. */
export const hitThreshold = 0.5;
const hitTicks = stepTicks / 2;

export interface DrumBar {
  /** [16, 9, 3] */
  hits: Float32Array;
  /** The notes heard as each hit, by place * 9 + drum. */
  notes: Map<number, Note[]>;
}

export function drumBarOf(notes: readonly Note[], { from, to }: Cell): DrumBar {
  const hits = new Float32Array(drumBarValues);
  const byPlace = new Map<number, Note[]>();
  for (const note of notes) {
    const step = Math.round(note.start / stepTicks);
    const drum = drumOfPitch(note.pitch);
    if (drum === null || step < from || step >= to) continue;
    const place = (step - from) * drumCount + drum;
    const same = byPlace.get(place) ?? [];
    if (same.every(({ velocity }) => velocity < note.velocity)) hits.set([1, note.velocity / 127, note.start / stepTicks - step], place * drumValues); // prettier-ignore
    byPlace.set(place, [...same, note]);
  }
  return { hits, notes: byPlace };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** A hit of a decoded bar as a note. @param at place * 9 + drum */
export function noteOfHit(hits: Float32Array, at: number, { from }: Cell): Note {
  const step = from + Math.floor(at / drumCount);
  const [velocity = 0.6, timing = 0] = [hits[at * drumValues + 1], hits[at * drumValues + 2]];
  return {
    start: Math.max(0, Math.round((step + timing) * stepTicks)),
    duration: hitTicks,
    pitch: drumPitches[at % drumCount] ?? drumPitches[0],
    velocity: clamp(Math.round(velocity * 127), 1, 127),
  };
}

export interface DrumModel {
  encode(bars: readonly DrumBar[]): Promise<Float32Array[]>;
  /** @returns [bars][16, 9, 3] */
  decode(latents: readonly Float32Array[]): Promise<Float32Array[]>;
}

export async function openDrumModel({ context, vocabulary }: ScoreRun): Promise<DrumModel> {
  const { encoder, decoder, latent } = vocabulary.drumVae;
  const [encoding, decoding] = await context.time(
    'load',
    async () => [await context.session(encoder), await context.session(decoder)] as const,
  );
  const rows = (values: Float32Array, width: number): Float32Array[] =>
    Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
  const joined = (parts: readonly Float32Array[], width: number): Float32Array => {
    const all = new Float32Array(parts.length * width);
    parts.forEach((part, index) => all.set(part, index * width));
    return all;
  };
  return {
    encode: async (bars) => rows(await encodeDrumBars(encoding, encoder, latent, joined(bars.map(({ hits }) => hits), drumBarValues)), latent), // prettier-ignore
    decode: async (latents) => rows(await decodeDrumBars(decoding, decoder, latent, joined(latents, latent)), drumBarValues),
  };
}

/** Hits come and go, louder, softer, earlier and later, where the moved bar is decoded unlike the bar itself. */
export async function moveDrums(
  score: Score,
  ids: readonly string[],
  regionsOf: (trackId: string) => readonly ScoreRegion[],
  move: Move,
  run: ScoreRun,
): Promise<Score> {
  const model = await openDrumModel(run);
  const cells = cellsOf(score);
  const tracks = new Map<string, Track>();
  for (const [index, track] of score.tracks.filter(({ id }) => ids.includes(id)).entries()) {
    const bars = cells.map((cell) => ({ cell, bar: drumBarOf(track.notes, cell) })).filter(({ bar }) => bar.notes.size > 0);
    const own = await model.encode(bars.map(({ bar }) => bar));
    const decoded = await model.decode([...own, ...own.map((latent, place) => move(latent, hashOf(bars[place]?.bar.hits ?? []), 'drums'))]);
    const changes = new Map<Note, Note | null>();
    const added: Note[] = [];
    const isOpen = (note: Note): boolean => beginsIn(note, regionsOf(track.id));
    for (const [place, { cell, bar }] of bars.entries()) {
      const [before, after] = [decoded[place] ?? new Float32Array(), decoded[place + bars.length] ?? new Float32Array()];
      for (let at = 0; at < (cell.to - cell.from) * drumCount; at += 1) {
        const [was, is] = [before, after].map((hits) => (hits[at * drumValues] ?? 0) >= hitThreshold);
        const notes = (bar.notes.get(at) ?? []).filter(isOpen);
        if (is === true && was !== true && notes.length === 0) {
          const note = noteOfHit(after, at, cell);
          if (isOpen(note)) added.push(note);
        } else if (is !== true && was === true) {
          for (const note of notes) changes.set(note, null);
        } else {
          for (const note of notes) changes.set(note, nudged(note, before, after, at));
        }
      }
    }
    const kept = track.notes.flatMap((note) => {
      const change = changes.get(note);
      return change === null ? [] : [change ?? note];
    });
    const isKept = added.length === 0 && kept.every((note, place) => note === track.notes[place]) && kept.length === track.notes.length;
    if (!isKept) tracks.set(track.id, { ...track, notes: sortedNotes([...kept, ...added]) });
    await run.progress((index + 1) / ids.length);
  }
  return { ...score, tracks: score.tracks.map((track) => tracks.get(track.id) ?? track) };
}

/** By how the two decodings differ; the same object when they do not. */
function nudged(note: Note, before: Float32Array, after: Float32Array, at: number): Note {
  const difference = (value: number): number => (after[at * drumValues + value] ?? 0) - (before[at * drumValues + value] ?? 0);
  const velocity = clamp(Math.round(note.velocity + 127 * difference(1)), 1, 127);
  const start = Math.max(0, Math.round(note.start + stepTicks * difference(2)));
  return velocity === note.velocity && start === note.start ? note : { ...note, velocity, start };
}
