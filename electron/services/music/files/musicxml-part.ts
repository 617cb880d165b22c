/** One part of a MusicXML score, measure by measure, in quarter notes from the start of each measure. */
import type { Key, Metre } from '../../../../shared/music/score.ts';
import { drumAt } from './drum-positions.ts';
import { checkNoteCount, counted, type Remarks } from './music-file.ts';
import { child, childrenOf, numberAt, textAt, type XmlElement } from './xml.ts';

export interface XmlNote {
  measure: number;
  /** Quarter notes from the start of the measure. */
  at: number;
  quarters: number;
  pitch: number;
  velocity: number;
  staff: number;
  voice: string;
  tieStart: boolean;
  tieStop: boolean;
}

type Place = { measure: number; at: number };

export interface XmlPart {
  notes: XmlNote[];
  /** Quarter notes that each measure holds; 0 when it is empty. */
  measureQuarters: number[];
  tempos: (Place & { bpm: number })[];
  metres: (Place & Omit<Metre, 'tick'>)[];
  keys: (Place & Omit<Key, 'tick'>)[];
}

/** What the part list says of a part. */
export interface XmlPartInfo {
  name: string;
  isDrums: boolean;
  program: number;
  volume: number | null;
  pan: number | null;
  /** GM's drum by instrument id. */
  drums: ReadonlyMap<string, number>;
}

const semitones: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
/** MIDI's velocity of MusicXML's "100 %" (forte). */
export const forte = 90;
const marks: Record<string, number> = {
  pppp: 10,
  ppp: 20,
  pp: 33,
  p: 49,
  mp: 64,
  mf: 80,
  f: 96,
  ff: 112,
  fff: 120,
  ffff: 127,
  sfz: 112,
  fz: 108,
  fp: 96,
};
const beatUnits: Record<string, number> = { whole: 4, half: 2, quarter: 1, eighth: 0.5, '16th': 0.25, '32nd': 0.125 };
/** Ten thousand bars of four quarters. */
const longestQuarters = 41_000;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

class PartReader {
  readonly part: XmlPart = { notes: [], measureQuarters: [], tempos: [], metres: [], keys: [] };
  readonly #info: XmlPartInfo;
  readonly #remarks: Remarks;
  #divisions = 1;
  #transpose = 0;
  #velocity = 80;
  #measure = 0;
  #cursor = 0;
  #reach = 0;
  /** Where the note before began, for chords. */
  #chordAt = 0;

  constructor(info: XmlPartInfo, remarks: Remarks) {
    this.#info = info;
    this.#remarks = remarks;
  }

  readMeasure(measure: XmlElement, index: number): void {
    this.#measure = index;
    this.#cursor = 0;
    this.#reach = 0;
    this.#chordAt = 0;
    for (const item of measure.children) {
      switch (item.name) {
        case 'attributes':
          this.#attributes(item);
          break;
        case 'note':
          this.#note(item);
          break;
        case 'backup':
          this.#cursor = Math.max(0, this.#cursor - this.#duration(item));
          break;
        case 'forward':
          this.#advance(this.#duration(item));
          break;
        case 'direction':
          this.#direction(item);
          break;
        case 'sound':
          this.#sound(item, this.#cursor);
          break;
        case 'barline':
          if (child(item, 'repeat') !== undefined || child(item, 'ending') !== undefined) {
            this.#remarks.add('repeats', () => 'Repeats and endings are not played out: each bar was read once.');
          }
          break;
        default:
          break;
      }
    }
    this.part.measureQuarters.push(this.#reach);
  }

  /** In quarter notes; 0 when it makes no sense. */
  #duration(item: XmlElement): number {
    const duration = numberAt(item, 'duration') / this.#divisions;
    return Number.isFinite(duration) ? clamp(duration, 0, longestQuarters) : 0;
  }

  #advance(quarters: number): void {
    this.#cursor = Math.min(longestQuarters, this.#cursor + quarters);
    this.#reach = Math.max(this.#reach, this.#cursor);
  }

  #attributes(item: XmlElement): void {
    const place = { measure: this.#measure, at: this.#cursor };
    const divisions = numberAt(item, 'divisions');
    if (divisions > 0 && Number.isFinite(divisions)) this.#divisions = divisions;
    const transpose = child(item, 'transpose');
    if (transpose !== undefined) {
      this.#transpose = Math.round((numberAt(transpose, 'chromatic') || 0) + 12 * (numberAt(transpose, 'octave-change') || 0));
    }
    const key = child(item, 'key');
    const fifths = numberAt(key, 'fifths');
    if (Math.abs(fifths) <= 7) {
      // Of a transposing part the sounding key: five semitones up is one fifth down.
      const sounding = fifths + ((((this.#transpose * 7) % 12) + 12) % 12);
      const shown = this.#transpose % 12 === 0 ? fifths : sounding > 6 ? sounding - 12 : sounding;
      this.part.keys.push({ ...place, fifths: clamp(shown, -7, 7), mode: textAt(key, 'mode') === 'minor' ? 'minor' : 'major' });
    } else if (key !== undefined) this.#remarks.add('key', (count) => `${counted(count, 'key signature')} that Kiln cannot show left out.`);
    const time = child(item, 'time');
    if (time !== undefined && child(time, 'senza-misura') === undefined) this.#time(time, place);
  }

  #time(time: XmlElement, place: Place): void {
    const types = childrenOf(time, 'beat-type').map(({ text }) => Number(text));
    const sum = childrenOf(time, 'beats').reduce(
      (total, { text }) => total + text.split('+').reduce((inner, one) => inner + Number(one), 0),
      0,
    );
    const denominator = ([1, 2, 4, 8, 16, 32] as const).find((one) => types.length > 0 && types.every((type) => type === one));
    if (denominator !== undefined && Number.isInteger(sum) && sum >= 1 && sum <= 32)
      this.part.metres.push({ ...place, numerator: sum, denominator });
    else this.#remarks.add('metre', (count) => `${counted(count, 'time signature')} that Kiln cannot show left out.`);
  }

  #direction(item: XmlElement): void {
    const offset = numberAt(item, 'offset') / this.#divisions;
    const at = Math.max(0, this.#cursor + (Number.isFinite(offset) ? offset : 0));
    const sound = child(item, 'sound');
    const saysTempo = sound !== undefined && this.#sound(sound, at);
    for (const type of childrenOf(item, 'direction-type')) {
      const mark = child(type, 'dynamics')?.children[0]?.name;
      if (mark !== undefined && sound?.attributes['dynamics'] === undefined) this.#velocity = marks[mark] ?? this.#velocity;
      const metronome = child(type, 'metronome');
      if (metronome === undefined || saysTempo) continue;
      const unit = (beatUnits[textAt(metronome, 'beat-unit')] ?? 1) * (child(metronome, 'beat-unit-dot') === undefined ? 1 : 1.5);
      const perMinute = Number(/\d+(?:\.\d+)?/.exec(textAt(metronome, 'per-minute'))?.[0] ?? Number.NaN);
      this.#tempo(perMinute * unit, at);
    }
  }

  /** Whether it names a tempo. */
  #sound({ attributes }: XmlElement, at: number): boolean {
    const dynamics = Number(attributes['dynamics']);
    if (dynamics > 0) this.#velocity = clamp(Math.round((dynamics * forte) / 100), 1, 127);
    if (attributes['tempo'] === undefined) return false;
    this.#tempo(Number(attributes['tempo']), at);
    return true;
  }

  #tempo(bpm: number, at: number): void {
    if (bpm > 0 && Number.isFinite(bpm)) this.part.tempos.push({ measure: this.#measure, at, bpm: clamp(bpm, 10, 999) });
  }

  #note(item: XmlElement): void {
    if (child(item, 'grace') !== undefined) {
      this.#remarks.add('grace', (count) => `${counted(count, 'grace note')} left out.`);
      return;
    }
    if (child(item, 'cue') !== undefined) {
      // Cues take their time, but are not played.
      if (child(item, 'chord') === undefined) this.#advance(this.#duration(item));
      return;
    }
    const quarters = this.#duration(item);
    const isChord = child(item, 'chord') !== undefined;
    const at = isChord ? this.#chordAt : this.#cursor;
    if (!isChord) {
      this.#chordAt = at;
      this.#advance(quarters);
    }
    if (child(item, 'rest') !== undefined || quarters === 0) return;
    const pitch = this.#pitch(item);
    if (pitch === null) return;
    const ties = childrenOf(item, 'tie').map(({ attributes }) => attributes['type']);
    const dynamics = Number(item.attributes['dynamics']);
    const staff = numberAt(item, 'staff');
    this.part.notes.push({
      measure: this.#measure,
      at,
      quarters,
      pitch,
      velocity: dynamics > 0 ? clamp(Math.round((dynamics * forte) / 100), 1, 127) : this.#velocity,
      staff: Number.isInteger(staff) && staff >= 1 && staff <= 32 ? staff : 1,
      voice: textAt(item, 'voice'),
      tieStart: ties.includes('start'),
      tieStop: ties.includes('stop'),
    });
    checkNoteCount(this.part.notes.length);
  }

  #pitch(item: XmlElement): number | null {
    const drum = this.#info.drums.get(child(item, 'instrument')?.attributes['id'] ?? '');
    const unpitched = child(item, 'unpitched');
    if (unpitched !== undefined || (this.#info.isDrums && drum !== undefined)) {
      const only = this.#info.drums.size === 1 ? [...this.#info.drums.values()][0] : undefined;
      const found = drum ?? only ?? drumAt(textAt(unpitched, 'display-step'), numberAt(unpitched, 'display-octave'));
      if (found !== undefined) return found;
      this.#remarks.add('drum', (count) => `${counted(count, 'drum note')} without a known drum became a snare.`);
      return 38;
    }
    const pitch = child(item, 'pitch');
    const step = semitones[textAt(pitch, 'step')];
    const value = 12 * (numberAt(pitch, 'octave') + 1) + (step ?? Number.NaN) + (numberAt(pitch, 'alter') || 0) + this.#transpose;
    if (Number.isFinite(value) && value >= 0 && value <= 127) {
      if (!Number.isInteger(value))
        this.#remarks.add('quarter-tone', (count) => `${counted(count, 'quarter tone')} brought to the nearest key.`);
      return Math.round(value);
    }
    this.#remarks.add('pitch', (count) => `${counted(count, 'note')} outside the keyboard, or without a pitch, left out.`);
    return null;
  }
}

export function readPart(part: XmlElement, info: XmlPartInfo, remarks: Remarks): XmlPart {
  const reader = new PartReader(info, remarks);
  for (const [index, measure] of childrenOf(part, 'measure').entries()) reader.readMeasure(measure, index);
  return reader.part;
}
