/** A sound that is looked at: an audio file of the library, or a score as it will be exported. One serves several views. */
import type { Score } from '../../../../shared/music/score.ts';

export type SoundSource = { kind: 'file'; url: string } | { kind: 'mix'; score: Score; soundFontId: string | null };

export class SoundView {
  source: SoundSource | null = $state.raw(null);
  status: 'empty' | 'working' | 'ready' | 'failed' = $state('empty');
  error: string | null = $state(null);
  /** 0..1 of what is done. */
  progress = $state(0);
  /** Of the sound. */
  seconds = $state(0);
  /** What is in view. */
  from = $state(0);
  to = $state(0);
  /** Null until it is measured. */
  loudness: { integratedLufs: number; truePeakDb: number } | null = $state.raw(null);

  /** Another sound, or none. A mix is made again a moment after its score has changed. */
  show(source: SoundSource | null): void {
    this.source = source;
  }

  /** Ends what works for it. */
  dispose(): void {
    this.show(null);
  }
}
