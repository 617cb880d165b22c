/** The notes of a MIDI file, by the names of its tracks: enough to tell what changed between two exports. */
import { parseMidi } from 'midi-file';

export interface MidiNote {
  /** In quarters from the beginning. */
  start: number;
  pitch: number;
}

export function midiNotes(bytes: Uint8Array): Map<string, MidiNote[]> {
  const { header, tracks } = parseMidi(bytes);
  const found = new Map<string, MidiNote[]>();
  for (const [index, events] of tracks.entries()) {
    let tick = 0;
    let name = `Track ${String(index)}`;
    const notes: MidiNote[] = [];
    for (const event of events) {
      tick += event.deltaTime;
      if (event.type === 'trackName') name = event.text;
      else if (event.type === 'noteOn' && event.velocity > 0)
        notes.push({ start: tick / (header.ticksPerBeat ?? 480), pitch: event.noteNumber });
    }
    if (notes.length > 0) found.set(name, notes);
  }
  return found;
}
