/** Runs in the AudioWorklet: the engine, 128 frames at a time, on the audio thread. */
import { EngineSession } from './engine-session.ts';
import type { ToAudioThread } from './messages.ts';
import { processorName } from './processor-name.ts';

// What an AudioWorkletGlobalScope has; TypeScript's DOM library leaves it out.
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare const sampleRate: number;
declare const currentTime: number;

class EngineProcessor extends AudioWorkletProcessor {
  readonly #session = new EngineSession(sampleRate, (message) => this.port.postMessage(message));
  /** Stands in for a channel that the browser does not give. */
  #spare = new Float32Array(128);

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToAudioThread>) => this.#session.hear(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [left, right] = outputs[0] ?? [];
    if (left === undefined) return true;
    if (this.#spare.length !== left.length) this.#spare = new Float32Array(left.length);
    this.#session.process(left, right ?? this.#spare, currentTime);
    return true;
  }
}

registerProcessor(processorName, EngineProcessor);
