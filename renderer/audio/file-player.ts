/** Plays one decoded sound at a time, from any place. */
import type { DecodedSound } from './decode-sound.ts';

export class FilePlayer {
  readonly #ended: () => void;
  #source: AudioBufferSourceNode | null = null;
  #sound: DecodedSound | null = null;
  #context: BaseAudioContext | null = null;
  /** Where it stands, or stood when it began to play. */
  #fromS = 0;
  /** The audio clock's time when it began. */
  #startedS = 0;

  constructor(ended: () => void) {
    this.#ended = ended;
  }

  get playing(): boolean {
    return this.#source !== null;
  }

  /** @param fromS seconds into the sound */
  play(sound: DecodedSound, output: AudioNode, fromS: number): void {
    this.#drop();
    const { context } = output;
    const length = sound.channels[0]?.length ?? 0;
    if (length === 0) return;
    const buffer = context.createBuffer(sound.channels.length, length, sound.sampleRate);
    for (const [channel, samples] of sound.channels.entries()) buffer.copyToChannel(samples, channel);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.onended = () => {
      if (this.#source !== source) return;
      this.#source = null;
      this.#fromS = 0;
      this.#ended();
    };
    source.connect(output);
    this.#sound = sound;
    this.#context = context;
    this.#source = source;
    this.#fromS = fromS >= sound.seconds ? 0 : Math.max(0, fromS);
    this.#startedS = context.currentTime;
    source.start(0, this.#fromS);
  }

  /** @param heardS the audio clock's time of what is heard now */
  pause(heardS: number): void {
    this.#fromS = this.seconds(heardS);
    this.#drop();
  }

  /** Moves to a place without playing. */
  rest(atS: number): void {
    this.#drop();
    this.#fromS = Math.max(0, atS);
  }

  seconds(heardS: number): number {
    if (this.#source === null || this.#context === null) return this.#fromS;
    return Math.min(this.#sound?.seconds ?? 0, this.#fromS + Math.max(0, heardS - this.#startedS));
  }

  #drop(): void {
    const source = this.#source;
    this.#source = null;
    source?.stop();
    source?.disconnect();
  }
}
