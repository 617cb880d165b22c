/** A sound that is looked at: an audio file of the library, or a score as it will be exported. One serves several views. */
import { AppError } from '../../../../shared/contract/errors.ts';
import { soundFontPath } from '../../../../shared/domain/asset.ts';
import { secondsAt, tickAt, type Score } from '../../../../shared/music/score.ts';
import { SoundClient } from '../../../audio/analysis/sound-client.ts';
import { decodeSound } from '../../../audio/decode-sound.ts';
import { player } from '../../../state/music/player.svelte.ts';

export type SoundSource = { kind: 'file'; url: string } | { kind: 'mix'; score: Score; soundFontId: string | null };

/** Edits in a row make one mix. */
const settleMs = 700;
const shortestViewS = 0.02;

const sameSource = (a: SoundSource | null, b: SoundSource | null): boolean =>
  a === b ||
  (a?.kind === 'file' && b?.kind === 'file' && a.url === b.url) ||
  (a?.kind === 'mix' && b?.kind === 'mix' && a.score === b.score && a.soundFontId === b.soundFontId);

export class SoundView {
  source: SoundSource | null = $state.raw(null);
  status: 'empty' | 'working' | 'ready' | 'failed' = $state('empty');
  error: string | null = $state(null);
  /** What is shown is of an older score; the new one is under way. */
  stale = $state(false);
  /** 0..1 of what is done while working or stale. */
  progress = $state(0);
  /** Of the sound. */
  seconds = $state(0);
  /** What is in view, in seconds. */
  from = $state(0);
  to = $state(0);
  /** Rises with every sound that is ready to be drawn. */
  revision = $state(0);
  /** Null until it is measured. */
  loudness: { integratedLufs: number; truePeakDb: number } | null = $state.raw(null);
  #client: SoundClient | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get client(): SoundClient | null {
    return this.status === 'ready' ? this.#client : null;
  }

  /** Another sound, or none. A mix is made again a moment after its score has changed. */
  show(source: SoundSource | null): void {
    const before = this.source;
    if (sameSource(before, source)) return;
    this.source = source;
    clearTimeout(this.#timer);
    const follows = before?.kind === 'mix' && source?.kind === 'mix';
    if (!follows) {
      this.#client?.close();
      this.#client = null;
      this.status = source === null ? 'empty' : 'working';
      this.loudness = null;
      this.seconds = 0;
      this.from = 0;
      this.to = 0;
    }
    this.error = null;
    this.progress = 0;
    this.stale = follows && this.status === 'ready';
    if (follows && this.status === 'failed') this.status = 'working';
    if (source !== null) this.#timer = setTimeout(() => void this.#begin(source), follows ? settleMs : 0);
  }

  /** Ends what works for it. */
  dispose(): void {
    this.show(null);
  }

  /** @param factor above 1 comes nearer; `second` stays where it is */
  zoomBy(factor: number, second = (this.from + this.to) / 2): void {
    const width = Math.min(this.seconds, Math.max(shortestViewS, (this.to - this.from) / factor));
    const share = this.to === this.from ? 0.5 : (second - this.from) / (this.to - this.from);
    this.#look(second - share * width, width);
  }

  panBy(seconds: number): void {
    this.#look(this.from + seconds, this.to - this.from);
  }

  fit(): void {
    this.#look(0, this.seconds);
  }

  /** Where it plays or stands now, in seconds; cheap. */
  positionS(): number {
    const { source } = this;
    if (source === null) return 0;
    return source.kind === 'file' ? player.fileSeconds(source.url) : secondsAt(source.score, player.positionTicks());
  }

  /** Where it stands while nothing plays, in seconds; tells when that changes. */
  get restsAtS(): number {
    const { source } = this;
    if (source === null || this.playing) return 0;
    if (source.kind === 'mix') return secondsAt(source.score, player.position);
    return player.file?.url === source.url ? player.fileSeconds(source.url) : 0;
  }

  get playing(): boolean {
    const { source } = this;
    if (source === null) return false;
    return source.kind === 'file' ? player.file?.url === source.url && player.file.playing : player.playing;
  }

  seek(second: number): void {
    const { source } = this;
    const to = Math.min(this.seconds, Math.max(0, second));
    if (source?.kind === 'file') player.seekFile(source.url, to);
    else if (source?.kind === 'mix') player.seek(tickAt(source.score, to));
  }

  toggle(): void {
    if (this.source?.kind === 'file') player.toggleFile(this.source.url);
    else if (this.source?.kind === 'mix') player.toggle();
  }

  #look(from: number, width: number): void {
    this.from = Math.min(Math.max(0, from), Math.max(0, this.seconds - width));
    this.to = Math.min(this.seconds, this.from + width);
  }

  async #begin(source: SoundSource): Promise<void> {
    const client = (this.#client ??= this.#open());
    if (source.kind === 'mix') {
      client.showMix(source.score, source.soundFontId === null ? null : soundFontPath(source.soundFontId));
      return;
    }
    try {
      const sound = await decodeSound(source.url);
      if (this.#client === client) client.showSamples(sound);
    } catch (error) {
      if (this.#client === client && error instanceof AppError) this.#fail(error);
    }
  }

  #open(): SoundClient {
    const client: SoundClient = new SoundClient({
      progress: (share) => {
        if (client === this.#client) this.progress = share;
      },
      ready: (seconds) => {
        if (client === this.#client) this.#ready(seconds);
      },
      loudness: (loudness) => {
        if (client === this.#client) this.loudness = loudness;
      },
      failed: (error) => {
        if (client === this.#client) this.#fail(error);
      },
    });
    return client;
  }

  #ready(seconds: number): void {
    const whole = this.to - this.from >= this.seconds;
    this.seconds = seconds;
    if (whole) this.fit();
    else this.#look(this.from, this.to - this.from);
    this.status = 'ready';
    this.stale = false;
    this.loudness = null;
    this.revision += 1;
  }

  #fail(error: AppError): void {
    this.status = 'failed';
    this.stale = false;
    this.error = [error.message, error.action].filter((part) => part !== undefined).join(' ');
  }
}
