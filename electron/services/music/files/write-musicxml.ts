/** Scores as MusicXML 4.0 (score-partwise), to be read by notation programs and by people. */
import type { FileTags } from './music-file.ts';
import { barsOf, endOfNotes, type Bar, type Key, type Note, type Score, type Track } from '../../../../shared/music/score.ts';
import { placeOfDrum } from './drum-positions.ts';
import { gmInstrumentName } from './gm-names.ts';
import { forte } from './musicxml-part.ts';
import { beatUnits, spelled, ticksPerUnit, unitsPerQuarter, voicesOf, writtenValues, type Chord, type WrittenValue } from './notation.ts';
import { escapeXml } from './xml.ts';

export interface WrittenMusicXml {
  xml: string;
  /** What could not be written as it sounds, in sentences for the user. */
  remarks: string[];
}

interface Measure {
  start: number;
  end: number;
  bar: Bar;
  /** The signature that holds there. */
  key: Omit<Key, 'tick'>;
  showsKey: boolean;
  showsMetre: boolean;
}

const unitAt = (tick: number): number => Math.round(tick / ticksPerUnit);
const noKey = { fifths: 0, mode: 'major' } as const;
const middleC = 60;

function measuresOf(score: Score): Measure[] {
  const lengthTicks = Math.max(score.lengthTicks, endOfNotes(score));
  const measures: Measure[] = [];
  for (const bar of barsOf({ metres: score.metres, lengthTicks })) {
    const [start, end] = [unitAt(bar.start), unitAt(bar.end)];
    if (end <= start) continue;
    const before = measures.at(-1);
    // A change within a bar is shown where the bar begins.
    const key = score.keys.findLast(({ tick }) => tick < bar.end) ?? noKey;
    measures.push({
      ...{ start, end, bar, key },
      showsKey: before === undefined ? score.keys.length > 0 : before.key.fifths !== key.fifths || before.key.mode !== key.mode,
      showsMetre: before?.bar.metre.numerator !== bar.metre.numerator || before.bar.metre.denominator !== bar.metre.denominator,
    });
  }
  return measures;
}

/** Both hands in one track are easier to read on two staves. */
function stavesOf(track: Track): Note[][] {
  if (track.instrument.kind === 'drums') return [track.notes];
  const share = (test: (note: Note) => boolean): number => track.notes.filter(test).length / Math.max(1, track.notes.length);
  const isWide = share(({ pitch }) => pitch < 55) > 0.15 && share(({ pitch }) => pitch > 65) > 0.15;
  return isWide ? [track.notes.filter(({ pitch }) => pitch >= middleC), track.notes.filter(({ pitch }) => pitch < middleC)] : [track.notes];
}

function clefOf(notes: readonly Note[], isDrums: boolean, staff: number, staves: number): string {
  const pitches = notes.map(({ pitch }) => pitch).toSorted((a, b) => a - b);
  const isLow = staves > 1 ? staff > 0 : (pitches[Math.floor(pitches.length / 2)] ?? middleC) < 57;
  const number = staves > 1 ? ` number="${String(staff + 1)}"` : '';
  if (isDrums) return `<clef${number}><sign>percussion</sign></clef>`;
  return `<clef${number}><sign>${isLow ? 'F' : 'G'}</sign><line>${isLow ? '4' : '2'}</line></clef>`;
}

interface Piece extends WrittenValue {
  at: number;
  chord: Chord | null;
}

/** Brackets over neighbouring triplets, each run within what it fills. */
function tupletMarks(pieces: readonly Piece[]): Map<Piece, string> {
  const marks = new Map<Piece, string>();
  let run: Piece[] = [];
  const close = (): void => {
    const [first, last] = [run[0], run.at(-1)];
    if (first !== undefined && last !== undefined && first !== last) {
      marks.set(first, '<tuplet type="start"/>');
      marks.set(last, '<tuplet type="stop"/>');
    }
    run = [];
  };
  for (const piece of pieces) {
    const last = run.at(-1);
    if (!piece.triplet || (last !== undefined && last.at + last.units !== piece.at)) close();
    if (!piece.triplet) continue;
    run.push(piece);
    const filled = run.reduce((sum, { units }) => sum + units, 0);
    if (filled % 12 === 0) close();
  }
  close();
  return marks;
}

class PartWriter {
  readonly #id: string;
  readonly #track: Track;
  readonly #staves: Note[][];
  readonly #voices: Chord[][][];
  readonly #voicesPerStaff: number;

  constructor(track: Track, id: string) {
    this.#id = id;
    this.#track = track;
    this.#staves = stavesOf(track);
    this.#voices = this.#staves.map(voicesOf);
    this.#voicesPerStaff = Math.max(4, ...this.#voices.map(({ length }) => length));
  }

  get staves(): number {
    return this.#staves.length;
  }

  scorePart(): string {
    const { name, instrument, volume, pan, notes } = this.#track;
    const isDrums = instrument.kind === 'drums';
    const pitches = isDrums ? [...new Set(notes.map(({ pitch }) => pitch))].toSorted((a, b) => a - b) : [0];
    const mix = `<volume>${String(Math.round(volume * 1000) / 10)}</volume><pan>${String(Math.round(pan * 900) / 10)}</pan>`;
    const instruments = pitches.map((pitch) => ({ id: this.#instrumentId(pitch), pitch }));
    return [
      `<score-part id="${this.#id}">`,
      `  <part-name>${escapeXml(name === '' ? gmInstrumentName(instrument) : name)}</part-name>`,
      ...instruments.map(
        ({ id, pitch }) =>
          `  <score-instrument id="${id}"><instrument-name>${isDrums ? `Drum ${String(pitch)}` : gmInstrumentName(instrument)}</instrument-name></score-instrument>`,
      ),
      ...instruments.map(
        ({ id, pitch }) =>
          `  <midi-instrument id="${id}">${
            isDrums
              ? `<midi-channel>10</midi-channel><midi-program>1</midi-program><midi-unpitched>${String(pitch + 1)}</midi-unpitched>`
              : `<midi-program>${String(instrument.program + 1)}</midi-program>`
          }${mix}</midi-instrument>`,
      ),
      '</score-part>',
    ]
      .map((line) => `    ${line}`)
      .join('\n');
  }

  #instrumentId(pitch: number): string {
    return `${this.#id}-I${String(this.#track.instrument.kind === 'drums' ? pitch : 1)}`;
  }

  measure(measure: Measure, number: number, directions: readonly string[]): string {
    const lines = [...this.#attributes(measure, number === 1), ...directions];
    let at = measure.start;
    for (const [staff, voices] of this.#voices.entries()) {
      const heard = voices.map((chords) => chordsIn(chords, measure));
      // The first voice is always there, with rests where it is silent.
      for (let voice = 0; voice < Math.max(1, heard.length); voice += 1) {
        const chords = heard[voice] ?? [];
        if (voice > 0 && chords.length === 0) continue;
        if (at > measure.start) lines.push(`<backup><duration>${String(at - measure.start)}</duration></backup>`);
        at = this.#voice(lines, chords, measure, staff, voice);
      }
    }
    const isWhole = measure.bar.end - measure.bar.start === (measure.bar.metre.numerator * 4 * 480) / measure.bar.metre.denominator;
    return [
      `  <measure number="${String(number)}"${isWhole ? '' : ' implicit="yes"'}>`,
      ...lines.map((line) => `    ${line}`),
      '  </measure>',
    ].join('\n');
  }

  #attributes({ key, showsKey, showsMetre, bar }: Measure, isFirst: boolean): string[] {
    const isDrums = this.#track.instrument.kind === 'drums';
    const parts = [
      ...(isFirst ? [`<divisions>${String(unitsPerQuarter)}</divisions>`] : []),
      ...(showsKey ? [`<key><fifths>${String(key.fifths)}</fifths><mode>${key.mode}</mode></key>`] : []),
      ...(showsMetre
        ? [`<time><beats>${String(bar.metre.numerator)}</beats><beat-type>${String(bar.metre.denominator)}</beat-type></time>`]
        : []),
      ...(isFirst && this.staves > 1 ? [`<staves>${String(this.staves)}</staves>`] : []),
      ...(isFirst ? this.#staves.map((notes, staff) => clefOf(notes, isDrums, staff, this.staves)) : []),
    ];
    return parts.length === 0 ? [] : ['<attributes>', ...parts.map((part) => `  ${part}`), '</attributes>'];
  }

  /** Where the voice ends. */
  #voice(lines: string[], chords: readonly Chord[], measure: Measure, staff: number, voice: number): number {
    const { metre } = measure.bar;
    const beat = beatUnits(metre.numerator, metre.denominator);
    const pieces: Piece[] = [];
    let at = measure.start;
    const fill = (end: number, chord: Chord | null): void => {
      for (const written of writtenValues(at - measure.start, end - measure.start, beat)) {
        pieces.push({ ...written, at, chord });
        at += written.units;
      }
    };
    const place = `<voice>${String(staff * this.#voicesPerStaff + voice + 1)}</voice>`;
    const staffMark = this.staves > 1 ? `<staff>${String(staff + 1)}</staff>` : '';
    if (chords.length === 0) {
      lines.push(`<note><rest measure="yes"/><duration>${String(measure.end - measure.start)}</duration>${place}${staffMark}</note>`);
      return measure.end;
    }
    const gaps = new Map<Piece | null, number>();
    for (const chord of chords) {
      const start = Math.max(chord.start, measure.start);
      if (start > at && voice === 0) fill(start, null);
      const gap = start - at;
      at = start;
      const count = pieces.length;
      fill(Math.min(chord.end, measure.end), chord);
      if (gap > 0) gaps.set(pieces[count] ?? null, gap);
    }
    if (voice === 0 && at < measure.end) fill(measure.end, null);
    const marks = tupletMarks(pieces);
    for (const piece of pieces) {
      const gap = gaps.get(piece);
      if (gap !== undefined) lines.push(`<forward><duration>${String(gap)}</duration></forward>`);
      this.#piece(lines, piece, measure, place, staffMark, marks.get(piece) ?? '');
    }
    return at;
  }

  #piece(lines: string[], piece: Piece, { key }: Measure, place: string, staffMark: string, tuplet: string): void {
    const { chord, at, units, type, dots, triplet } = piece;
    const shape = `<type>${type}</type>${dots === 1 ? '<dot/>' : ''}${triplet ? '<time-modification><actual-notes>3</actual-notes><normal-notes>2</normal-notes></time-modification>' : ''}`;
    const duration = `<duration>${String(units)}</duration>`;
    if (chord === null) {
      lines.push(`<note><rest/>${duration}${place}${shape}${staffMark}${tuplet === '' ? '' : `<notations>${tuplet}</notations>`}</note>`);
      return;
    }
    const ties = [...(at > chord.start ? ['stop'] : []), ...(at + units < chord.end ? ['start'] : [])];
    const sound = ties.map((kind) => `<tie type="${kind}"/>`).join('');
    const drawn = ties.map((kind) => `<tied type="${kind}"/>`).join('');
    for (const [index, note] of chord.notes.entries()) {
      const notations = `${drawn}${index === 0 ? tuplet : ''}`;
      const [what, instrument] = this.#pitch(note, key);
      lines.push(
        `<note dynamics="${String(Math.round((note.velocity / forte) * 10_000) / 100)}">${index > 0 ? '<chord/>' : ''}${what}${duration}${sound}${instrument}${place}${shape}${staffMark}${
          notations === '' ? '' : `<notations>${notations}</notations>`
        }</note>`,
      );
    }
  }

  #pitch({ pitch }: Note, key: Omit<Key, 'tick'>): [what: string, instrument: string] {
    if (this.#track.instrument.kind === 'drums') {
      const { step, octave } = placeOfDrum(pitch);
      return [
        `<unpitched><display-step>${step}</display-step><display-octave>${String(octave)}</display-octave></unpitched>`,
        `<instrument id="${this.#instrumentId(pitch)}"/>`,
      ];
    }
    const { step, alter, octave } = spelled(pitch, key);
    return [
      `<pitch><step>${step}</step>${alter === 0 ? '' : `<alter>${String(alter)}</alter>`}<octave>${String(octave)}</octave></pitch>`,
      '',
    ];
  }
}

/** Those that sound in a measure; the voice is sorted, so that the search is short. */
function chordsIn(chords: readonly Chord[], { start, end }: Measure): Chord[] {
  let [low, high] = [0, chords.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chords[middle]?.end ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  const found: Chord[] = [];
  for (let index = low; index < chords.length; index += 1) {
    const chord = chords[index];
    if (chord === undefined || chord.start >= end) break;
    found.push(chord);
  }
  return found;
}

function tempoMarks(score: Score, { bar }: Measure): string[] {
  return score.tempos
    .filter(({ tick }) => tick >= bar.start && tick < bar.end)
    .map(({ tick, bpm }) => {
      const offset = tick === bar.start ? '' : `<offset sound="yes">${String((tick - bar.start) / ticksPerUnit)}</offset>`;
      return `<direction placement="above"><direction-type><metronome><beat-unit>quarter</beat-unit><per-minute>${String(Math.round(bpm * 100) / 100)}</per-minute></metronome></direction-type>${offset}<sound tempo="${String(bpm)}"/></direction>`;
    });
}

/**
 * A readable score: one part a track, on two staves where it spans both hands; ties over bars and beats, values up to dotted
 * wholes and triplets, rests, clefs by range. Times are brought to the nearest 24th of a quarter note.
 */
export function writeMusicXml(score: Score, tags: FileTags = { title: score.title }): WrittenMusicXml {
  const measures = measuresOf(score);
  const parts = score.tracks.map((track, index) => ({
    id: `P${String(index + 1)}`,
    track,
    writer: new PartWriter(track, `P${String(index + 1)}`),
  }));
  const isOff = (ticks: number): boolean => ticks % ticksPerUnit !== 0;
  const offGrid = score.tracks.reduce(
    (sum, { notes }) => sum + notes.filter(({ start, duration }) => isOff(start) || isOff(duration)).length,
    0,
  );
  const fields = [
    ...(tags.seed === undefined ? [] : [['kiln-seed', String(tags.seed)] as const]),
    ...(tags.pack === undefined ? [] : [['kiln-pack', tags.pack] as const]),
    ...(tags.comment === undefined ? [] : [['comment', tags.comment] as const]),
    ...(parts.some(({ writer }) => writer.staves > 1)
      ? [['kiln-one-track-parts', parts.flatMap(({ id, writer }) => (writer.staves > 1 ? [id] : [])).join(' ')] as const]
      : []),
  ];
  const xml = [
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">',
    '<score-partwise version="4.0">',
    `  <work><work-title>${escapeXml(tags.title)}</work-title></work>`,
    '  <identification>',
    '    <encoding><software>Kiln</software></encoding>',
    ...(fields.length === 0
      ? []
      : [
          '    <miscellaneous>',
          ...fields.map(([name, text]) => `      <miscellaneous-field name="${name}">${escapeXml(text)}</miscellaneous-field>`),
          '    </miscellaneous>',
        ]),
    '  </identification>',
    '  <part-list>',
    ...parts.map(({ writer }) => writer.scorePart()),
    '  </part-list>',
    ...parts.flatMap(({ id, writer }, index) => [
      `  <part id="${id}">`,
      ...measures.map((measure, place) => writer.measure(measure, place + 1, index === 0 ? tempoMarks(score, measure) : [])),
      '  </part>',
    ]),
    '</score-partwise>',
    '',
  ].join('\n');
  const remarks =
    offGrid === 0
      ? []
      : [`${offGrid.toLocaleString('en-GB')} notes off the grid were brought to the nearest 24th of a beat; MIDI keeps them as they are.`];
  return { xml, remarks };
}
