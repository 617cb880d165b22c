import { describe, expect, it } from 'vitest';
import { pianoKeyOf } from './computer-keys.ts';
import { readMidiMessage } from './midi-message.ts';
import { quantised, TakeRecorder } from './take-recorder.ts';

describe('a recording', () => {
  it('keeps what was played, in order, with keys that are still down', () => {
    const recorder = new TakeRecorder();
    recorder.noteOn(10.4, 60, 90);
    recorder.noteOn(5, 64, 70);
    recorder.noteOff(250.2, 60);
    expect(recorder.count).toBe(2);
    expect(recorder.finish(500)).toEqual([
      { start: 5, pitch: 64, velocity: 70, duration: 495 },
      { start: 10, pitch: 60, velocity: 90, duration: 240 },
    ]);
    expect(recorder.finish(600)).toEqual([]);
  });

  it('makes two notes of a key that is struck again before it went up', () => {
    const recorder = new TakeRecorder();
    recorder.noteOn(0, 60, 90);
    recorder.noteOn(100, 60, 80);
    recorder.noteOff(200, 60);
    expect(recorder.finish(200).map(({ start, duration }) => [start, duration])).toEqual([
      [0, 100],
      [100, 100],
    ]);
  });

  it('ends at the loop what is held over its end, and gives no note without a length', () => {
    const recorder = new TakeRecorder({ start: 0, end: 1920 });
    recorder.noteOn(1800, 60, 90);
    recorder.noteOff(60, 60);
    recorder.noteOn(480, 62, 90);
    recorder.noteOff(480, 62);
    expect(recorder.finish(500).map(({ start, duration }) => [start, start + duration])).toEqual([
      [480, 490],
      [1800, 1920],
    ]);
  });
});

describe('quantising a recording', () => {
  const note = (start: number, pitch = 60, velocity = 90): { start: number; pitch: number; velocity: number; duration: number } => ({
    start,
    pitch,
    velocity,
    duration: 100,
  });

  it('puts starts on the nearest line and leaves lengths', () => {
    expect(quantised([note(55), note(130), note(350, 62)], 120)).toEqual([note(0), note(120), note(360, 62)]);
  });

  it('makes one of two strokes on one line: the stronger', () => {
    expect(quantised([note(100, 60, 50), note(130, 60, 80), note(125, 62, 10)], 120)).toEqual([note(120, 60, 80), note(120, 62, 10)]);
  });

  it('counts what comes just before the loop ends to its start', () => {
    expect(quantised([note(1900)], 120, { start: 480, end: 1920 })).toEqual([note(480)]);
    expect(quantised([note(1900)], 120)).toEqual([note(1920)]);
  });
});

describe('MIDI keyboards', () => {
  const read = (...bytes: number[]): unknown => readMidiMessage(Uint8Array.from(bytes));

  it('are understood on any channel', () => {
    expect(read(0x93, 60, 100)).toEqual({ kind: 'note-on', pitch: 60, velocity: 100 });
    expect(read(0x90, 60, 0)).toEqual({ kind: 'note-off', pitch: 60 });
    expect(read(0x8f, 61, 64)).toEqual({ kind: 'note-off', pitch: 61 });
    expect([read(0xb0, 64, 127), read(0xb0, 64, 10)]).toEqual([
      { kind: 'pedal', down: true },
      { kind: 'pedal', down: false },
    ]);
    expect(read(0xb5, 123, 0)).toEqual({ kind: 'all-off' });
  });

  it('send much else that is passed over: clocks, wheels, cut-off and impossible messages', () => {
    for (const bytes of [[0xf8], [0xe0, 0, 64], [0xb0, 1, 64], [0x90, 60], [0x90, 200, 100], []]) expect(read(...bytes)).toBeNull();
  });
});

describe('the computer’s keys', () => {
  it('are a piano by their places', () => {
    expect(['KeyA', 'KeyW', 'KeyK', 'Semicolon'].map((code) => pianoKeyOf(code, 4))).toEqual(
      [60, 61, 72, 76].map((pitch) => ({ kind: 'note', pitch })),
    );
    expect(pianoKeyOf('KeyZ', 4)).toEqual({ kind: 'octave', by: -1 });
    expect(pianoKeyOf('KeyQ', 4)).toBeNull();
    // Beyond MIDI's highest.
    expect(pianoKeyOf('Semicolon', 9)).toBeNull();
  });
});
