/* eslint-disable svelte/prefer-svelte-reactivity -- only `held` is drawn */
/** Keys that the user plays: a MIDI keyboard, or the computer's own; heard at once, and recorded into the score. */
import { SvelteSet } from 'svelte/reactivity';
import { z } from 'zod';
import { addNotes, makeWay } from '../../../shared/music/edits.ts';
import { highestOctave, lowestOctave, pianoKeyOf } from '../../audio/recording/computer-keys.ts';
import { readMidiMessage, type KeyMessage } from '../../audio/recording/midi-message.ts';
import { quantised, TakeRecorder } from '../../audio/recording/take-recorder.ts';
import { recall, remember } from '../remembered.ts';
import { countInOf, player } from './player.svelte.ts';
import type { ScoreEditor } from './score-editor.svelte.ts';

export interface MidiDevice {
  id: string;
  name: string;
}

/** `absent`: this browser has no Web MIDI. */
export type MidiAccessState = 'off' | 'asking' | 'ready' | 'denied' | 'absent';

interface Recording {
  editor: ScoreEditor;
  trackId: string;
  recorder: TakeRecorder;
}

const keyVelocity = 96;
const settingsSchema = z.object({
  deviceId: z.string().nullable().default(null),
  /** Grid that recorded notes are put on, in ticks; null: left as they were played. */
  quantiseTicks: z.int().min(1).nullable().default(120),
  countIn: z.boolean().default(true),
});

export class MidiInput {
  access: MidiAccessState = $state('off');
  devices: readonly MidiDevice[] = $state.raw([]);
  /** The computer's keys play. */
  computerKeys = $state(false);
  /** Of the computer's keys: 4 is middle C's. */
  octave = $state(4);
  /** The track that is heard; the room sets it to the active one. */
  trackId: string | null = $state(null);
  /** Keys that are down now, for drawing. */
  readonly held = new SvelteSet<number>();

  #settings = $state.raw(recall('music.midi', settingsSchema) ?? settingsSchema.parse({}));
  #recording: Recording | null = $state.raw(null);
  /** Recorded so far. */
  #count = $state(0);
  #midi: MIDIAccess | null = null;
  #pedal = false;
  /** Keys that went up while the pedal was down. */
  readonly #sustained = new Set<number>();
  /** The computer's keys that are down, with the note each began. */
  readonly #pressed = new Map<string, number>();
  /** The track that a key began on: it ends there. */
  readonly #trackOf = new Map<number, string>();

  /** Null: all that are connected. */
  get deviceId(): string | null {
    return this.#settings.deviceId;
  }
  get quantiseTicks(): number | null {
    return this.#settings.quantiseTicks;
  }
  get countIn(): boolean {
    return this.#settings.countIn;
  }
  get recording(): boolean {
    return this.#recording !== null;
  }
  get recordedNotes(): number {
    return this.#count;
  }

  set(patch: { deviceId?: string | null; quantiseTicks?: number | null; countIn?: boolean }): void {
    this.#settings = settingsSchema.parse({ ...this.#settings, ...patch });
    remember('music.midi', this.#settings);
    if (this.#midi !== null) this.#listen(this.#midi);
  }

  /** Asks the browser for MIDI keyboards; from a gesture of the user. */
  async connect(): Promise<void> {
    if (this.access === 'asking' || this.access === 'ready') return;
    // Typed as always there; older browsers and insecure pages have none.
    const request = 'requestMIDIAccess' in navigator ? navigator.requestMIDIAccess.bind(navigator) : null;
    if (request === null) {
      this.access = 'absent';
      return;
    }
    this.access = 'asking';
    try {
      const midi = await request({ sysex: false });
      this.#midi = midi;
      midi.onstatechange = () => this.#listen(midi);
      this.#listen(midi);
      this.access = 'ready';
    } catch (error) {
      this.access = error instanceof DOMException && error.name === 'NotSupportedError' ? 'absent' : 'denied';
    }
  }

  /**
   * Records into the editor's active track while the score plays, from the play head or the loop's start; a piano track is made
   * where there is none.
   */
  async record(editor: ScoreEditor): Promise<void> {
    if (this.#recording !== null) return;
    const trackId = editor.activeTrackId ?? editor.addTrack({ kind: 'melodic', program: 0 }, 'Piano');
    if (trackId === null) return;
    player.load(editor.score);
    player.pause();
    this.trackId = trackId;
    this.#recording = { editor, trackId, recorder: new TakeRecorder(player.loop) };
    this.#count = 0;
    if (this.access === 'off') void this.connect();
    const countIn = this.countIn ? countInOf(editor.score, player.positionTicks()) : null;
    await player.play(undefined, { endless: true, countIn });
    // No sound, no music to play along with.
    if (!player.playing) this.#recording = null;
  }

  /** Ends the recording and puts it into the score, as one undo step. @returns how many notes */
  stopRecording(): number {
    const recording = this.#recording;
    if (recording === null) return 0;
    const { editor, trackId, recorder } = recording;
    const played = recorder.finish(player.positionTicks());
    this.#recording = null;
    this.#count = 0;
    player.stop();
    const track = editor.score.tracks.find(({ id }) => id === trackId);
    if (track === undefined || played.length === 0) return 0;
    const grid = this.quantiseTicks;
    const notes = grid === null ? played : quantised(played, grid, player.loop);
    const { track: next, selection } = addNotes(track, notes);
    editor.applyTrack(`Record ${notes.length === 1 ? 'a note' : `${String(notes.length)} notes`}`, makeWay(next, selection));
    return notes.length;
  }

  /** Drops what was recorded. */
  cancelRecording(): void {
    if (this.#recording === null) return;
    this.#recording = null;
    this.#count = 0;
    player.stop();
  }

  /** The computer's keys as a piano. @returns whether the key was one of its */
  keydown(event: KeyboardEvent): boolean {
    if (!this.computerKeys || event.ctrlKey || event.metaKey || event.altKey) return false;
    const key = pianoKeyOf(event.code, this.octave);
    if (key === null) return false;
    if (event.repeat) return true;
    if (key.kind === 'octave') {
      this.octave = Math.min(highestOctave, Math.max(lowestOctave, this.octave + key.by));
      return true;
    }
    this.#pressed.set(event.code, key.pitch);
    this.#noteOn(key.pitch, keyVelocity, event.timeStamp);
    return true;
  }

  keyup(event: KeyboardEvent): boolean {
    const pitch = this.#pressed.get(event.code);
    if (pitch === undefined) return false;
    this.#pressed.delete(event.code);
    this.#noteOff(pitch, event.timeStamp);
    return true;
  }

  /** All keys up: the window lost the keyboard, or the room is left. */
  releaseAll(): void {
    this.#pressed.clear();
    this.#hear({ kind: 'all-off' }, performance.now());
  }

  #listen(midi: MIDIAccess): void {
    const inputs = [...midi.inputs.values()];
    this.devices = inputs
      .filter(({ state }) => state === 'connected')
      .map(({ id, name, manufacturer }) => ({ id, name: name ?? manufacturer ?? 'MIDI keyboard' }));
    for (const input of inputs) {
      const chosen = this.deviceId === null || this.deviceId === input.id;
      input.onmidimessage = chosen ? ({ data, timeStamp }) => this.#message(data, timeStamp) : null;
    }
  }

  #message(data: Uint8Array | null, timeMs: number): void {
    const message = data === null ? null : readMidiMessage(data);
    if (message !== null) this.#hear(message, timeMs);
  }

  #hear(message: KeyMessage, timeMs: number): void {
    switch (message.kind) {
      case 'note-on':
        this.#noteOn(message.pitch, message.velocity, timeMs);
        return;
      case 'note-off':
        if (this.#pedal) this.#sustained.add(message.pitch);
        else this.#noteOff(message.pitch, timeMs);
        return;
      case 'pedal':
        this.#pedal = message.down;
        if (!message.down) this.#letGo([...this.#sustained], timeMs);
        return;
      case 'all-off':
        this.#pedal = false;
        this.#letGo([...this.held], timeMs);
        return;
    }
  }

  #letGo(pitches: readonly number[], timeMs: number): void {
    this.#sustained.clear();
    for (const pitch of pitches) this.#noteOff(pitch, timeMs);
  }

  #noteOn(pitch: number, velocity: number, timeMs: number): void {
    if (this.held.has(pitch)) this.#noteOff(pitch, timeMs);
    this.#sustained.delete(pitch);
    this.held.add(pitch);
    const trackId = this.#recording?.trackId ?? this.trackId;
    if (trackId === null) return;
    this.#trackOf.set(pitch, trackId);
    player.noteOn(trackId, pitch, velocity);
    if (this.#recording === null || !player.playing) return;
    this.#recording.recorder.noteOn(player.ticksAtMs(timeMs), pitch, velocity);
    this.#count = this.#recording.recorder.count;
  }

  #noteOff(pitch: number, timeMs: number): void {
    this.held.delete(pitch);
    const trackId = this.#trackOf.get(pitch);
    if (trackId === undefined) return;
    this.#trackOf.delete(pitch);
    player.noteOff(trackId, pitch);
    this.#recording?.recorder.noteOff(player.ticksAtMs(timeMs), pitch);
  }
}

export const midiInput = new MidiInput();
