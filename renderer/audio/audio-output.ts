/** The page's way to the loudspeakers: one AudioContext with the engine in its AudioWorklet, made with the user's first gesture. */
import { AppError } from '../../shared/contract/errors.ts';
import { HeardClock } from './heard-clock.ts';
import type { FromAudioThread, ToAudioThread } from './messages.ts';
import { processorName } from './processor-name.ts';
import workletUrl from './engine-worklet.ts?worker&url';

export type OutputState = 'off' | 'starting' | 'ready' | 'failed';

export interface OutputListener {
  message(message: FromAudioThread): void;
  /** The context was made anew: the audio thread knows nothing yet. */
  started(): void;
  changed(state: OutputState, error: AppError | null): void;
}

const answerMs = 8000;
const rampS = 0.02;

const noDevice = (cause?: unknown): AppError =>
  new AppError('unsupported', 'No sound can be played: the computer offers no sound output that answers.', {
    action: 'Connect loudspeakers or headphones, then press play again. Everything else works without.',
    ...(cause === undefined ? {} : { cause }),
  });

export class AudioOutput {
  readonly #listener: OutputListener;
  #context: AudioContext | null = null;
  #node: AudioWorkletNode | null = null;
  #gain: GainNode | null = null;
  #starting: Promise<void> | null = null;
  #volume = 1;
  #state: OutputState = 'off';
  readonly #heard = new HeardClock();

  constructor(listener: OutputListener) {
    this.#listener = listener;
  }

  get state(): OutputState {
    return this.#state;
  }

  get context(): AudioContext | null {
    return this.#context;
  }

  /** What files play into. */
  get destination(): AudioNode | null {
    return this.#gain;
  }

  /**
   * Makes sound possible; call it from a gesture of the user. Cheap when it already is.
   * @throws AppError `unsupported` where there is no output
   */
  async start(): Promise<void> {
    if (this.#context !== null && this.#context.state === 'closed') this.#forget();
    this.#starting ??= this.#open().catch((error: unknown) => {
      this.#forget();
      const told = error instanceof AppError ? error : noDevice(error);
      this.#become('failed', told);
      throw told;
    });
    await this.#starting;
    if (this.#context?.state !== 'running') await this.#resume();
  }

  /** Lets the device rest while nothing plays. */
  async rest(): Promise<void> {
    if (this.#context?.state === 'running') await this.#context.suspend();
  }

  send(message: ToAudioThread, transfer: Transferable[] = []): void {
    this.#node?.port.postMessage(message, transfer);
  }

  /** @param gain 0..1 of the amplitude, of all that is heard here; exports do not know it */
  setVolume(gain: number): void {
    this.#volume = gain;
    if (this.#context !== null) this.#gain?.gain.setTargetAtTime(gain, this.#context.currentTime, rampS);
  }

  /** Silent within some milliseconds, for work that may hold the audio thread up; then `unmute`. */
  async mute(): Promise<void> {
    if (this.#context?.state !== 'running') return;
    this.#gain?.gain.setTargetAtTime(0, this.#context.currentTime, rampS / 2);
    await new Promise((resolve) => setTimeout(resolve, rampS * 5000));
  }

  unmute(): void {
    this.setVolume(this.#volume);
  }

  /** The audio clock's time of what leaves the loudspeakers now, in seconds. */
  heardTimeS(nowMs: number = performance.now()): number {
    const context = this.#context;
    if (context === null) return 0;
    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
    if (performanceTime > 0 && context.state === 'running') return this.#heard.timeS(contextTime, performanceTime, nowMs);
    this.#heard.reset();
    return Math.max(0, context.currentTime - (context.outputLatency || context.baseLatency || 0));
  }

  async #open(): Promise<void> {
    this.#become('starting', null);
    const context = new AudioContext({ latencyHint: 'interactive' });
    this.#context = context;
    await context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(context, processorName, { numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [2] });
    const gain = new GainNode(context, { gain: this.#volume });
    node.connect(gain).connect(context.destination);
    node.port.onmessage = ({ data }: MessageEvent<FromAudioThread>) => this.#listener.message(data);
    node.onprocessorerror = () => {
      if (this.#node !== node) return;
      this.#forget();
      this.#become('failed', new AppError('internal', 'The sound engine stopped.', { action: 'Press play to start it again.' }));
    };
    context.onstatechange = () => this.#contextChanged(context);
    // The device is gone, or refuses.
    context.addEventListener('error', () => {
      if (this.#context !== context) return;
      this.#forget();
      this.#become('failed', noDevice());
    });
    this.#node = node;
    this.#gain = gain;
    this.#listener.started();
    await this.#resume();
    this.#become('ready', null);
  }

  /** A browser that finds no device may never answer. */
  async #resume(): Promise<void> {
    const context = this.#context;
    if (context === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(noDevice()), answerMs);
    });
    try {
      await Promise.race([context.resume(), late]);
    } finally {
      clearTimeout(timer);
    }
    if (this.#state === 'failed') this.#become('ready', null);
  }

  #contextChanged(context: AudioContext): void {
    if (this.#context !== context || context.state !== 'closed') return;
    this.#forget();
    this.#become('off', null);
  }

  #forget(): void {
    const context = this.#context;
    this.#context = null;
    this.#node = null;
    this.#gain = null;
    this.#starting = null;
    if (context !== null && context.state !== 'closed') void context.close().catch(() => undefined);
  }

  #become(state: OutputState, error: AppError | null): void {
    this.#state = state;
    this.#listener.changed(state, error);
  }
}
