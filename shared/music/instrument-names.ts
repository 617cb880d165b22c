/** What people call the sounds: General MIDI's programs, and the built-in instruments that stand for them. */
import type { Instrument } from './score.ts';

export interface InstrumentName {
  /** General MIDI program, 0..127. */
  program: number;
  name: string;
}

export interface InstrumentFamily {
  name: string;
  instruments: readonly InstrumentName[];
}

const gmFamilies: readonly (readonly [family: string, programs: readonly string[]])[] = [
  ['Piano', ['Grand piano', 'Bright piano', 'Electric grand', 'Honky-tonk piano', 'Electric piano', 'FM electric piano', 'Harpsichord', 'Clavinet']],
  ['Mallets and bells', ['Celesta', 'Glockenspiel', 'Music box', 'Vibraphone', 'Marimba', 'Xylophone', 'Tubular bells', 'Dulcimer']],
  ['Organ', ['Drawbar organ', 'Percussive organ', 'Rock organ', 'Church organ', 'Reed organ', 'Accordion', 'Harmonica', 'Tango accordion']],
  ['Guitar', ['Nylon guitar', 'Steel guitar', 'Jazz guitar', 'Clean guitar', 'Muted guitar', 'Overdriven guitar', 'Distorted guitar', 'Guitar harmonics']],
  ['Bass', ['Upright bass', 'Finger bass', 'Picked bass', 'Fretless bass', 'Slap bass 1', 'Slap bass 2', 'Synth bass 1', 'Synth bass 2']],
  ['Solo strings', ['Violin', 'Viola', 'Cello', 'Double bass', 'Tremolo strings', 'Pizzicato strings', 'Harp', 'Timpani']],
  ['Ensemble', ['String ensemble 1', 'String ensemble 2', 'Synth strings 1', 'Synth strings 2', 'Choir', 'Voice oohs', 'Synth voice', 'Orchestra hit']],
  ['Brass', ['Trumpet', 'Trombone', 'Tuba', 'Muted trumpet', 'French horn', 'Brass section', 'Synth brass 1', 'Synth brass 2']],
  ['Reed', ['Soprano sax', 'Alto sax', 'Tenor sax', 'Baritone sax', 'Oboe', 'English horn', 'Bassoon', 'Clarinet']],
  ['Flutes', ['Piccolo', 'Flute', 'Recorder', 'Pan flute', 'Blown bottle', 'Shakuhachi', 'Whistle', 'Ocarina']],
  ['Synth lead', ['Square lead', 'Saw lead', 'Calliope lead', 'Chiff lead', 'Charang lead', 'Voice lead', 'Fifths lead', 'Bass and lead']],
  ['Synth pad', ['New age pad', 'Warm pad', 'Polysynth pad', 'Choir pad', 'Bowed pad', 'Metallic pad', 'Halo pad', 'Sweep pad']],
  ['Synth effects', ['Rain', 'Soundtrack', 'Crystal', 'Atmosphere', 'Brightness', 'Goblins', 'Echoes', 'Sci-fi']],
  ['World', ['Sitar', 'Banjo', 'Shamisen', 'Koto', 'Kalimba', 'Bagpipe', 'Fiddle', 'Shanai']],
  ['Percussive', ['Tinkle bell', 'Agogo', 'Steel drums', 'Woodblock', 'Taiko', 'Melodic tom', 'Synth drum', 'Reverse cymbal']],
  ['Sound effects', ['Fret noise', 'Breath noise', 'Seashore', 'Bird', 'Telephone', 'Helicopter', 'Applause', 'Gunshot']],
]; // prettier-ignore

/** All 128 programs, as a SoundFont offers them. */
export const programFamilies: readonly InstrumentFamily[] = gmFamilies.map(([name, programs], family) => ({
  name,
  instruments: programs.map((instrument, index) => ({ program: family * 8 + index, name: instrument })),
}));

/** The built-in instruments, each by the first program that it stands for. */
export const builtInFamilies: readonly InstrumentFamily[] = [
  { name: 'Piano', instruments: [
    { program: 0, name: 'Grand piano' }, { program: 3, name: 'Honky-tonk piano' }, { program: 2, name: 'Electric piano' },
    { program: 5, name: 'Bell piano' }, { program: 6, name: 'Harpsichord' },
  ] },
  { name: 'Mallets and bells', instruments: [
    { program: 8, name: 'Celesta' }, { program: 9, name: 'Glockenspiel' }, { program: 11, name: 'Vibraphone' },
    { program: 12, name: 'Marimba' }, { program: 13, name: 'Xylophone' }, { program: 14, name: 'Tubular bells' },
    { program: 114, name: 'Steel drum' },
  ] },
  { name: 'Organ', instruments: [
    { program: 16, name: 'Drawbar organ' }, { program: 19, name: 'Church organ' }, { program: 20, name: 'Accordion' },
  ] },
  { name: 'Plucked', instruments: [
    { program: 24, name: 'Nylon guitar' }, { program: 25, name: 'Steel guitar' }, { program: 26, name: 'Electric guitar' },
    { program: 28, name: 'Muted guitar' }, { program: 46, name: 'Harp' }, { program: 15, name: 'Koto' }, { program: 105, name: 'Banjo' },
    { program: 45, name: 'Pizzicato strings' },
  ] },
  { name: 'Bass', instruments: [
    { program: 32, name: 'Upright bass' }, { program: 33, name: 'Finger bass' }, { program: 34, name: 'Picked bass' },
    { program: 38, name: 'Synth bass' },
  ] },
  { name: 'Strings and voices', instruments: [
    { program: 40, name: 'Solo string' }, { program: 44, name: 'String ensemble' }, { program: 52, name: 'Voices' },
  ] },
  { name: 'Winds', instruments: [
    { program: 72, name: 'Flute' }, { program: 71, name: 'Clarinet' }, { program: 64, name: 'Reed' }, { program: 55, name: 'Brass' },
    { program: 58, name: 'Horn' },
  ] },
  { name: 'Synth', instruments: [
    { program: 81, name: 'Soft lead' }, { program: 80, name: 'Square lead' }, { program: 50, name: 'Pad' },
  ] },
]; // prettier-ignore

/** Which built-in instrument's program sounds for each program. */
const builtInPrograms: readonly number[] = [
  [0, 0, 2, 3, 2, 5, 6, 6], [8, 9, 8, 11, 12, 13, 14, 15], [16, 16, 16, 19, 20, 20, 20, 20], [24, 25, 26, 26, 28, 26, 26, 25],
  [32, 33, 34, 33, 34, 34, 38, 38], [40, 40, 40, 40, 44, 45, 46, 12], [44, 44, 50, 50, 52, 52, 52, 55], [55, 55, 58, 55, 58, 55, 55, 55],
  [64, 64, 64, 64, 64, 64, 64, 71], [72, 72, 72, 72, 72, 72, 72, 72], [80, 81, 81, 81, 81, 52, 81, 38], [50, 50, 50, 52, 50, 50, 50, 50],
  [5, 50, 11, 50, 5, 50, 50, 50], [15, 105, 15, 15, 12, 64, 40, 64], [9, 14, 114, 13, 12, 12, 12, 50], [50, 72, 50, 72, 14, 50, 50, 50],
].flat(); // prettier-ignore

/** The program of {@link builtInFamilies} that sounds like this one. */
export const builtInProgramOf = (program: number): number => builtInPrograms[program] ?? 0;

const programNames = programFamilies.flatMap(({ instruments }) => instruments.map(({ name }) => name));

/** As General MIDI calls it. */
export const instrumentName = (instrument: Instrument): string =>
  instrument.kind === 'drums' ? 'Drum kit' : (programNames[instrument.program] ?? 'Grand piano');
