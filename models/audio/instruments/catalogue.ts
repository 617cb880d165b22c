/** Our instruments, and which of them stands for each of General MIDI's 128 programs. */
import { drumKit } from '../drums/kit.ts';
import type { Instrument } from '../synth/sound.ts';
import { electricPiano } from './electric-piano.ts';
import { instrumentGains as gains } from './gains.ts';
import { mallet, malletPatches } from './mallets.ts';
import { piano } from './piano.ts';
import { amplifier, bassCabinet, guitarBody, harpBody, plucked, stringPatches, violinBody } from './plucked.ts';
import { bowedBody, organ, sustained, wavePatches } from './sustained.ts';

const jazzDrawbars = [8, 6, 8, 5, 3, 2, 1, 1, 2];
const churchDrawbars = [6, 0, 8, 7, 3, 6, 0, 2, 4];

export const instruments = {
  piano: piano('Grand piano', { detuneCents: 0.7, hardness: 1, ring: 1 }, gains.piano),
  honkyTonk: piano('Honky-tonk piano', { detuneCents: 9, hardness: 1.5, ring: 0.7 }, gains.honkyTonk),
  electricPiano: electricPiano('Electric piano', { ratio: 1, hardness: 1, tine: 1, tremolo: 0.16, chorus: 0.12 }, gains.electricPiano),
  bellPiano: electricPiano('Bell piano', { ratio: 2, hardness: 0.7, tine: 1.8, tremolo: 0, chorus: 0.3 }, gains.bellPiano),
  harpsichord: plucked('Harpsichord', stringPatches.harpsichord, harpBody, gains.harpsichord, 0.4),
  celesta: mallet('Celesta', malletPatches.celesta, gains.celesta),
  glockenspiel: mallet('Glockenspiel', malletPatches.glockenspiel, gains.glockenspiel),
  vibraphone: mallet('Vibraphone', malletPatches.vibraphone, gains.vibraphone),
  marimba: mallet('Marimba', malletPatches.marimba, gains.marimba),
  xylophone: mallet('Xylophone', malletPatches.xylophone, gains.xylophone),
  bells: mallet('Tubular bells', malletPatches.bell, gains.bells),
  steelDrum: mallet('Steel drum', malletPatches.steelDrum, gains.steelDrum),
  organ: organ('Drawbar organ', jazzDrawbars, 0.1, { hz: 6.2, share: 0.4 }, gains.organ),
  churchOrgan: organ('Church organ', churchDrawbars, 0, { hz: 0.5, share: 0.3 }, gains.churchOrgan),
  accordion: sustained('Accordion', wavePatches.accordion, gains.accordion, [{ kind: 'peak', hz: 1400, q: 0.8, gainDb: 3 }]),
  nylonGuitar: plucked('Nylon guitar', stringPatches.nylon, guitarBody, gains.nylonGuitar),
  steelGuitar: plucked('Steel guitar', stringPatches.steel, guitarBody, gains.steelGuitar),
  electricGuitar: plucked('Electric guitar', stringPatches.electric, amplifier, gains.electricGuitar),
  mutedGuitar: plucked('Muted guitar', stringPatches.muted, amplifier, gains.mutedGuitar),
  harp: plucked('Harp', stringPatches.harp, harpBody, gains.harp, 0.8),
  koto: plucked('Koto', stringPatches.koto, harpBody, gains.koto, 0.3),
  banjo: plucked('Banjo', stringPatches.banjo, guitarBody, gains.banjo),
  pizzicato: plucked('Pizzicato strings', stringPatches.pizzicato, violinBody, gains.pizzicato, 0.5),
  fingerBass: plucked('Finger bass', stringPatches.fingerBass, bassCabinet, gains.fingerBass),
  pickBass: plucked('Picked bass', stringPatches.pickBass, bassCabinet, gains.pickBass),
  uprightBass: plucked('Upright bass', stringPatches.uprightBass, bassCabinet, gains.uprightBass),
  synthBass: sustained('Synth bass', wavePatches.synthBass, gains.synthBass),
  strings: sustained('String ensemble', wavePatches.strings, gains.strings, bowedBody, 0.25),
  soloString: sustained('Solo string', wavePatches.soloString, gains.soloString, bowedBody),
  voices: sustained('Voices', wavePatches.voices, gains.voices, [], 0.25),
  brass: sustained('Brass', wavePatches.brass, gains.brass, [{ kind: 'peak', hz: 1200, q: 0.8, gainDb: 3 }]),
  horn: sustained('Horn', wavePatches.horn, gains.horn, [{ kind: 'peak', hz: 450, q: 0.8, gainDb: 3 }]),
  reed: sustained('Reed', wavePatches.reed, gains.reed),
  clarinet: sustained('Clarinet', wavePatches.clarinet, gains.clarinet),
  flute: sustained('Flute', wavePatches.flute, gains.flute),
  lead: sustained('Soft lead', wavePatches.lead, gains.lead, [], 0.2),
  squareLead: sustained('Square lead', wavePatches.squareLead, gains.squareLead),
  pad: sustained('Pad', wavePatches.pad, gains.pad, [], 0.35),
  drums: drumKit(gains.drums),
} satisfies Record<keyof typeof gains, Instrument>;

export type InstrumentId = keyof typeof instruments;
export const instrumentIds = Object.keys(instruments) as InstrumentId[];

/** Families of eight, as General MIDI has them. */
const programs: readonly InstrumentId[] = [
  ['piano', 'piano', 'electricPiano', 'honkyTonk', 'electricPiano', 'bellPiano', 'harpsichord', 'harpsichord'],
  ['celesta', 'glockenspiel', 'celesta', 'vibraphone', 'marimba', 'xylophone', 'bells', 'koto'],
  ['organ', 'organ', 'organ', 'churchOrgan', 'accordion', 'accordion', 'accordion', 'accordion'],
  ['nylonGuitar', 'steelGuitar', 'electricGuitar', 'electricGuitar', 'mutedGuitar', 'electricGuitar', 'electricGuitar', 'steelGuitar'],
  ['uprightBass', 'fingerBass', 'pickBass', 'fingerBass', 'pickBass', 'pickBass', 'synthBass', 'synthBass'],
  ['soloString', 'soloString', 'soloString', 'soloString', 'strings', 'pizzicato', 'harp', 'marimba'],
  ['strings', 'strings', 'pad', 'pad', 'voices', 'voices', 'voices', 'brass'],
  ['brass', 'brass', 'horn', 'brass', 'horn', 'brass', 'brass', 'brass'],
  ['reed', 'reed', 'reed', 'reed', 'reed', 'reed', 'reed', 'clarinet'],
  ['flute', 'flute', 'flute', 'flute', 'flute', 'flute', 'flute', 'flute'],
  ['squareLead', 'lead', 'lead', 'lead', 'lead', 'voices', 'lead', 'synthBass'],
  ['pad', 'pad', 'pad', 'voices', 'pad', 'pad', 'pad', 'pad'],
  ['bellPiano', 'pad', 'vibraphone', 'pad', 'bellPiano', 'pad', 'pad', 'pad'],
  ['koto', 'banjo', 'koto', 'koto', 'marimba', 'reed', 'soloString', 'reed'],
  ['glockenspiel', 'bells', 'steelDrum', 'xylophone', 'marimba', 'marimba', 'marimba', 'pad'],
  ['pad', 'flute', 'pad', 'flute', 'bells', 'pad', 'pad', 'pad'],
].flat() as InstrumentId[]; // prettier-ignore

/** @param program 0..127; others are the piano */
export const instrumentOfProgram = (program: number): InstrumentId => programs[program] ?? 'piano';
