import { describe, expect, it } from 'vitest';
import { tinySoundFont } from '../../models/audio/testing/tiny-soundfont.ts';
import { secondsAt, type Score } from '../../shared/music/score.ts';
import { EngineSession } from './engine-session.ts';
import { packNotes, scoreMessage, unpackNotes, type EngineReport, type FromAudioThread, type ToAudioThread } from './messages.ts';
import { MomentaryLoudness } from './momentary-loudness.ts';
import { demoScore } from './testing/demo-score.ts';

const sampleRate = 48_000;

/** A session with a clock: `run` plays seconds, block by block. */
function session(): {
  send: (message: ToAudioThread) => void;
  run: (seconds: number) => Float32Array;
  reports: () => EngineReport[];
  told: FromAudioThread[];
} {
  const told: FromAudioThread[] = [];
  const engine = new EngineSession(sampleRate, (message) => told.push(message));
  let frame = 0;
  return {
    told,
    send: (message) => engine.hear(message),
    run: (seconds) => {
      const blocks = Math.ceil((seconds * sampleRate) / 128);
      const left = new Float32Array(blocks * 128);
      const right = new Float32Array(128);
      for (let block = 0; block < blocks; block += 1, frame += 128)
        engine.process(left.subarray(block * 128, (block + 1) * 128), right, frame / sampleRate);
      return left;
    },
    reports: () => told.filter((message) => message.type === 'report'),
  };
}

const play = (fromTick: number, more: Partial<Extract<ToAudioThread, { type: 'play' }>> = {}): ToAudioThread => ({
  type: 'play',
  fromTick,
  endless: false,
  countIn: null,
  ...more,
});
/** The largest step from one sample to the next. */
const steepest = (samples: Float32Array): number =>
  samples.reduce((most, sample, index) => (index === 0 ? 0 : Math.max(most, Math.abs(sample - (samples[index - 1] ?? 0)))), 0);
const loudest = (samples: Float32Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
const withHead = (score: Score, index: number, patch: object): Score => ({
  ...score,
  tracks: score.tracks.map((track, place) => (place === index ? { ...track, ...patch } : track)),
});

describe('messages', () => {
  it('carry notes as numbers and give them back', () => {
    const notes = demoScore.tracks[3]!.notes;
    expect(unpackNotes(packNotes(notes))).toEqual(notes);
  });

  it('send the notes of changed tracks only: a fader costs no notes', () => {
    const first = scoreMessage(null, demoScore);
    expect(first.message.tracks.every(({ notes }) => notes !== null)).toBe(true);
    expect(first.transfer).toHaveLength(4);
    const moved = scoreMessage(demoScore, withHead(demoScore, 1, { volume: 0.1 }));
    expect(moved.message.tracks.map(({ notes }) => notes)).toEqual([null, null, null, null]);
    expect(moved.transfer).toEqual([]);
    const edited = scoreMessage(demoScore, withHead(demoScore, 2, { notes: [] }));
    expect(edited.message.tracks.map(({ notes }) => notes?.length ?? null)).toEqual([null, null, 0, null]);
  });
});

describe('the audio thread', () => {
  it('tells where it is some thirty times a second, and nothing once it is silent', () => {
    const { send, run, reports } = session();
    run(0.5);
    send(scoreMessage(null, demoScore).message);
    send(play(480));
    run(1);
    const playing = reports().filter((report) => report.playing);
    expect(playing.length).toBeGreaterThanOrEqual(25);
    expect(playing.length).toBeLessThanOrEqual(32);
    for (const { contextTimeS, positionS } of playing)
      expect(contextTimeS - positionS).toBeCloseTo(playing[0]!.contextTimeS - playing[0]!.positionS, 9);
    expect(playing.at(-1)?.orders).toBe(2);
    expect(Object.keys(playing[0]!.trackPeaks)).toEqual(['keys', 'bass', 'strings', 'drums']);
    send({ type: 'pause' });
    run(8);
    const count = reports().length;
    expect(reports().at(-1)).toMatchObject({ playing: false, momentaryLufs: null });
    run(1);
    expect(reports()).toHaveLength(count);
  });

  it('stops at the end, but not while recording or in a loop', () => {
    for (const [setup, ends] of [
      [[], true],
      [[play(0, { endless: true })], false],
      [[{ type: 'loop', range: { start: 0, end: 480 } }], false],
    ] as const) {
      const { send, run, told } = session();
      send(scoreMessage(null, demoScore).message);
      send(play(0));
      for (const message of setup) send(message);
      run(2);
      expect(told.some(({ type }) => type === 'ended')).toBe(ends);
    }
  });

  it('keeps its place in the music when the tempo changes', () => {
    const { send, run, reports } = session();
    send(scoreMessage(null, demoScore).message);
    send(play(0));
    run(0.5);
    const slower = { ...demoScore, tempos: [{ tick: 0, bpm: 80 }] };
    const before = reports().at(-1)!;
    send(scoreMessage(demoScore, slower).message);
    run(0.01);
    expect(reports().at(-1)!.positionS).toBeCloseTo((before.positionS + 0.02) * 2, 1);
    expect(secondsAt(slower, 1920)).toBe(3);
  });

  it('changes mixer, notes, instruments and tracks without a click and without a stop', () => {
    const { send, run, reports } = session();
    const held = withHead(demoScore, 3, { notes: [] });
    send(scoreMessage(null, held).message);
    send(play(0, { endless: true }));
    const usual = steepest(run(0.3));
    const edits = [
      withHead(held, 0, { volume: 0, pan: 1, reverb: 1 }),
      withHead(held, 2, { muted: true }),
      withHead(held, 2, { solo: true }),
      withHead(held, 0, { notes: [] }),
      withHead(held, 2, { instrument: { kind: 'melodic', program: 73 } }),
      { ...held, tracks: held.tracks.slice(0, 1) },
      held,
    ];
    let now: Score = held;
    for (const next of edits) {
      send(scoreMessage(now, next).message);
      now = next;
      const samples = run(0.1);
      expect(steepest(samples)).toBeLessThan(usual * 1.5);
      expect(loudest(samples)).toBeGreaterThan(0.001);
    }
    expect(reports().at(-1)?.playing).toBe(true);
  });

  it('clicks a count-in first, and begins on the beat after it', () => {
    const { send, run, reports } = session();
    send(scoreMessage(null, demoScore).message);
    send(play(0, { countIn: { beats: 2, secondsPerBeat: 0.25 } }));
    const clicks = run(0.5 - 0.01);
    for (const beat of [0, 0.25]) {
      const at = Math.round(beat * sampleRate);
      expect(loudest(clicks.subarray(at, at + 2400))).toBeGreaterThan(0.02);
      expect(loudest(clicks.subarray(at + 9600, at + 11_000))).toBeLessThan(0.01);
    }
    expect(reports().at(-1)).toMatchObject({ positionS: 0 });
    expect(reports().at(-1)!.countInS).toBeGreaterThan(0);
    expect(loudest(run(0.1))).toBeGreaterThan(0.05);
    expect(reports().at(-1)!.countInS).toBe(0);
  });

  it('plays a SoundFont once its bytes are there, and our own instruments again', async () => {
    const { send, run, told } = session();
    send(scoreMessage(null, withHead(demoScore, 3, { muted: true })).message);
    send({ type: 'sound-font', bytes: tinySoundFont().slice().buffer, request: 7 });
    await expect.poll(() => told.find(({ type }) => type === 'sound-font')).toMatchObject({ request: 7 });
    send(play(0));
    const font = run(0.4);
    send({ type: 'sound-font', bytes: null, request: 8 });
    send(play(0));
    await Promise.resolve();
    const own = run(0.4);
    expect(loudest(font)).toBeGreaterThan(0.001);
    expect(own.slice(4800)).not.toEqual(font.slice(4800));
  });

  it('says why a file is no SoundFont, and goes on', async () => {
    const { send, run, told } = session();
    send(scoreMessage(null, demoScore).message);
    send({ type: 'sound-font', bytes: new ArrayBuffer(64), request: 3 });
    await expect.poll(() => told.find(({ type }) => type === 'sound-font-failed')).toMatchObject({ request: 3 });
    send(play(0));
    expect(loudest(run(0.2))).toBeGreaterThan(0.01);
  });
});

describe('momentary loudness', () => {
  it('reads -23 LUFS for the standard’s sine, and nothing for silence', () => {
    const meter = new MomentaryLoudness(sampleRate);
    expect(meter.lufs).toBeNull();
    // EBU Tech 3341, test 1: 1 kHz at -23 dBFS in both channels.
    const sine = Float32Array.from(
      { length: sampleRate },
      (_, frame) => 10 ** (-23 / 20) * Math.sin((2 * Math.PI * 1000 * frame) / sampleRate),
    );
    for (let at = 0; at + 128 <= sine.length; at += 128) meter.push(sine.subarray(at, at + 128), sine.subarray(at, at + 128));
    expect(meter.lufs).toBeCloseTo(-23, 1);
  });
});
