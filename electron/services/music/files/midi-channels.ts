/** What the channels of a MIDI file are set to: a track's own settings first, else those that another track gives its channel. */
import type { MidiControllerEvent, MidiEvent, MidiProgramChangeEvent } from 'midi-file';
import type { Track } from '../../../../shared/music/score.ts';
import type { Remarks } from './music-file.ts';

export const channelKey = (port: number, channel: number): number => port * 16 + channel;

export const controllers = { volume: 7, pan: 10, reverb: 91 } as const;
type MixName = keyof typeof controllers;

const mixNameOf = (controller: number): MixName | undefined =>
  (Object.keys(controllers) as MixName[]).find((name) => controllers[name] === controller);

/** MIDI's middle is 64, with 64 steps to the left and 63 to the right. */
export const panOfController = (value: number): number => (value - 64) / (value < 64 ? 64 : 63);
export const controllerOfPan = (pan: number): number => Math.round(64 + pan * (pan < 0 ? 64 : 63));

interface ChannelState {
  program?: number;
  /** The first value of each controller. */
  mix: Partial<Record<MixName, number>>;
}

export class ChannelStates {
  /** By chunk, then channel. */
  readonly #own = new Map<string, ChannelState>();
  /** By channel, over all chunks: the first that is set. */
  readonly #any = new Map<number, ChannelState>();
  readonly #remarks: Remarks;

  constructor(chunks: readonly (readonly { event: MidiEvent }[])[], remarks: Remarks) {
    this.#remarks = remarks;
    for (const events of chunks) {
      let port = 0;
      for (const { event } of events) {
        if (event.type === 'portPrefix') port = event.port;
        if (event.type !== 'programChange' && event.type !== 'controller') continue;
        const key = channelKey(port, event.channel);
        const state = this.#any.get(key) ?? { mix: {} };
        this.#any.set(key, state);
        if (event.type === 'programChange') state.program ??= event.programNumber;
        else {
          const name = mixNameOf(event.controllerType);
          if (name !== undefined) state.mix[name] ??= event.value;
        }
      }
    }
  }

  hear(chunk: number, port: number, tick: number, event: MidiProgramChangeEvent | MidiControllerEvent): void {
    const key = `${String(chunk)},${String(channelKey(port, event.channel))}`;
    const state = this.#own.get(key) ?? { mix: {} };
    this.#own.set(key, state);
    if (event.type === 'programChange') {
      state.program = event.programNumber;
      return;
    }
    const name = mixNameOf(event.controllerType);
    if (name === undefined) return;
    if (tick > 0 && state.mix[name] !== undefined && state.mix[name] !== event.value) {
      this.#remarks.add('automation', () => 'Volume, pan or reverb change during the piece; Kiln keeps the first value of each.');
    }
    state.mix[name] ??= event.value;
  }

  programOf(chunk: number, port: number, channel: number): number {
    const key = channelKey(port, channel);
    return this.#own.get(`${String(chunk)},${String(key)}`)?.program ?? this.#any.get(key)?.program ?? 0;
  }

  mixOf(chunk: number, key: number): Pick<Track, 'volume' | 'pan' | 'reverb'> {
    const own = this.#own.get(`${String(chunk)},${String(key)}`)?.mix;
    const any = this.#any.get(key)?.mix;
    const value = (name: MixName): number | undefined => own?.[name] ?? any?.[name];
    const pan = value('pan');
    const share = (name: MixName, otherwise: number): number => {
      const found = value(name);
      return found === undefined ? otherwise : found / 127;
    };
    return { volume: share('volume', 0.8), pan: pan === undefined ? 0 : panOfController(pan), reverb: share('reverb', 0.2) };
  }
}
