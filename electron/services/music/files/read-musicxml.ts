/** MusicXML (score-partwise, plain or compressed) as scores. */
import type { MusicTags } from '../../../../shared/music/tags.ts';
import { ticksOfBar, ticksPerQuarter, mostTracks, type Metre, type Note, type Track } from '../../../../shared/music/score.ts';
import { AppError } from '../../../../shared/contract/errors.ts';
import { assembleScore, checkFileSize, checkNoteCount, checkTick, Remarks, unreadable, type ReadMusic } from './music-file.ts';
import { readPart, type XmlNote, type XmlPart, type XmlPartInfo } from './musicxml-part.ts';
import { isZip, unpackMxl } from './mxl.ts';
import { child, childrenOf, numberAt, parseXml, textAt, type XmlElement } from './xml.ts';

const kind = 'MusicXML';
/** Positions this near, in quarter notes, are the same: durations of septuplets are no whole numbers of ticks. */
const near = 1e-6;

export interface MusicXmlOptions {
  /** A track for each staff of a part, such as a piano's two hands. Default true. */
  splitStaves?: boolean;
}

function partInfo(scorePart: XmlElement): XmlPartInfo {
  const instruments = childrenOf(scorePart, 'midi-instrument');
  const drums = new Map<string, number>();
  for (const instrument of instruments) {
    // Counted from 1, unlike MIDI's notes.
    const drum = numberAt(instrument, 'midi-unpitched') - 1;
    const id = instrument.attributes['id'];
    if (id !== undefined && Number.isInteger(drum) && drum >= 0 && drum <= 127) drums.set(id, drum);
  }
  const [first] = instruments;
  const program = numberAt(first, 'midi-program') - 1;
  const within = (value: number, low: number, high: number): number | null => (value >= low && value <= high ? value : null);
  return {
    name: textAt(scorePart, 'part-name').replaceAll(/\s+/g, ' ').trim(),
    isDrums: drums.size > 0 || numberAt(first, 'midi-channel') === 10,
    program: Number.isInteger(program) && program >= 0 && program <= 127 ? program : 0,
    volume: within(numberAt(first, 'volume') / 100, 0, 1),
    pan: within(numberAt(first, 'pan') / 90, -1, 1),
    drums,
  };
}

/** Where each measure starts, in quarter notes, and the metre that holds there: a measure is as long as its fullest part. */
function measureStarts(parts: readonly XmlPart[]): { starts: number[]; metres: Metre[] } {
  const count = Math.max(0, ...parts.map(({ measureQuarters }) => measureQuarters.length));
  const byMeasure = Map.groupBy(
    parts.flatMap(({ metres: all }) => all),
    ({ measure }) => measure,
  );
  const starts: number[] = [0];
  const metres: Metre[] = [];
  let metre: Omit<Metre, 'tick'> = { numerator: 4, denominator: 4 };
  let barStart = 0;
  for (let index = 0; index < count; index += 1) {
    const start = starts[index] ?? 0;
    const tick = Math.round(start * ticksPerQuarter);
    const change = byMeasure.get(index)?.[0];
    const isOffBar = (tick - barStart) % ticksOfBar(metre) !== 0;
    if (change !== undefined || isOffBar || index === 0) {
      if (change !== undefined) metre = { numerator: change.numerator, denominator: change.denominator };
      // A repeated metre begins a bar anew, as after an upbeat.
      metres.push({ tick, ...metre });
      barStart = tick;
    }
    const held = Math.max(0, ...parts.map(({ measureQuarters }) => measureQuarters[index] ?? 0));
    starts.push(start + (held > near ? held : ticksOfBar(metre) / ticksPerQuarter));
    checkTick(tick);
  }
  return { starts, metres };
}

interface Placed extends XmlNote {
  from: number;
  to: number;
}

/** Tied notes as one. */
function joined(notes: readonly XmlNote[], starts: readonly number[]): Note[] {
  const placed = notes
    .map((note): Placed => {
      const from = (starts[note.measure] ?? 0) + note.at;
      return { ...note, from, to: from + note.quarters };
    })
    .toSorted((a, b) => a.from - b.from);
  const open = new Map<number, Placed[]>();
  const whole: Placed[] = [];
  for (const note of placed) {
    const waiting = (open.get(note.pitch) ?? []).filter(({ to }) => to > note.from - near);
    const fits = note.tieStop ? waiting.filter(({ to }) => Math.abs(to - note.from) < near) : [];
    const before = fits.find(({ voice }) => voice === note.voice) ?? fits[0];
    if (before === undefined) {
      whole.push(note);
      if (note.tieStart) waiting.push(note);
    } else {
      before.to = note.to;
      if (!note.tieStart) waiting.splice(waiting.indexOf(before), 1);
    }
    open.set(note.pitch, waiting);
  }
  return whole.map(({ from, to, pitch, velocity }) => {
    const start = Math.round(from * ticksPerQuarter);
    return { start, duration: Math.max(1, Math.round(to * ticksPerQuarter) - start), pitch, velocity };
  });
}

function readTags(root: XmlElement): MusicTags & { oneTrackParts: Set<string> } {
  const title = textAt(root, 'work', 'work-title') || textAt(root, 'movement-title');
  const fields = new Map(
    childrenOf(child(child(root, 'identification'), 'miscellaneous'), 'miscellaneous-field').map(({ attributes, text }) => [
      attributes['name'],
      text,
    ]),
  );
  const seed = Number(fields.get('kiln-seed') ?? Number.NaN);
  const pack = fields.get('kiln-pack');
  return {
    title,
    ...(Number.isSafeInteger(seed) ? { seed } : {}),
    ...(pack === undefined ? {} : { pack }),
    oneTrackParts: new Set((fields.get('kiln-one-track-parts') ?? '').split(' ')),
  };
}

/**
 * Reads MusicXML 1.0 to 4.0, as `.musicxml`/`.xml` or `.mxl`. Sounding pitches; ties are joined; grace notes, repeats and lyrics
 * are left out with a remark where they change what is heard.
 * @throws AppError invalid-request, or too-large beyond 200,000 notes or 10,000 bars
 */
export async function readMusicXml(bytes: Uint8Array, { splitStaves = true }: MusicXmlOptions = {}): Promise<ReadMusic> {
  checkFileSize(kind, bytes.length);
  const root = parseXml(kind, isZip(bytes) ? await unpackMxl(bytes) : bytes);
  if (root.name === 'score-timewise') {
    throw new AppError('unsupported', 'This MusicXML file is ordered by time (score-timewise), which Kiln does not read.', {
      action: 'Open it in a notation program and export it again; nearly all write score-partwise.',
    });
  }
  if (root.name !== 'score-partwise') throw unreadable(kind, `it is XML, but holds "${root.name.slice(0, 40)}", not a score.`);
  const remarks = new Remarks();
  const infos = new Map(childrenOf(child(root, 'part-list'), 'score-part').map((one) => [one.attributes['id'] ?? '', partInfo(one)]));
  const parts = childrenOf(root, 'part').map((element) => {
    const id = element.attributes['id'] ?? '';
    const info = infos.get(id) ?? { name: '', isDrums: false, program: 0, volume: null, pan: null, drums: new Map() };
    return { id, info, part: readPart(element, info, remarks) };
  });
  checkNoteCount(parts.reduce((sum, { part }) => sum + part.notes.length, 0));
  if (parts.every(({ part }) => part.notes.length === 0)) throw unreadable(kind, 'it has no notes.');
  const { starts, metres } = measureStarts(parts.map(({ part }) => part));
  const { oneTrackParts, ...tags } = readTags(root);
  const tracks: Track[] = [];
  const staves = splitStaves && parts.reduce((sum, { part }) => sum + new Set(part.notes.map(({ staff }) => staff)).size, 0) <= mostTracks;
  for (const { id, info, part } of parts) {
    const isSplit = staves && !oneTrackParts.has(id);
    const byStaff = [...Map.groupBy(part.notes, ({ staff }) => (isSplit ? staff : 1))].toSorted(([a], [b]) => a - b);
    for (const [staff, notes] of byStaff) {
      const name = info.name === '' ? `Part ${String(tracks.length + 1)}` : info.name;
      tracks.push({
        id: `track-${String(tracks.length + 1)}`,
        name: (byStaff.length > 1 ? `${name} (staff ${String(staff)})` : name).slice(0, 200),
        instrument: info.isDrums ? { kind: 'drums' } : { kind: 'melodic', program: info.program },
        notes: joined(notes, starts),
        volume: info.volume ?? 0.8,
        pan: info.pan ?? 0,
        muted: false,
        solo: false,
        reverb: 0.2,
      });
    }
  }
  if (tracks.length > mostTracks) {
    throw new AppError('too-large', `The score has ${String(tracks.length)} parts; Kiln opens up to ${String(mostTracks)}.`, {
      action: 'Remove parts in a notation program.',
    });
  }
  const tickOf = ({ measure, at }: { measure: number; at: number }): number => Math.round(((starts[measure] ?? 0) + at) * ticksPerQuarter);
  const placed = <Item extends { measure: number; at: number }>(
    items: readonly Item[],
  ): (Omit<Item, 'measure' | 'at'> & { tick: number })[] =>
    items.map(({ measure, at, ...rest }) => ({ ...rest, tick: tickOf({ measure, at }) }));
  const score = assembleScore(
    {
      title: tags.title,
      tempos: placed(parts.flatMap(({ part }) => part.tempos)),
      metres,
      keys: placed(parts.find(({ part }) => part.keys.length > 0)?.part.keys ?? []),
      tracks,
      endTick: Math.round((starts.at(-1) ?? 0) * ticksPerQuarter),
    },
    remarks,
  );
  return { score, tags: { ...tags, title: score.title }, remarks: remarks.list() };
}
