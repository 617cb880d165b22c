import { describe, expect, it } from 'vitest';
import { builtInFamilies, builtInProgramOf, instrumentName, programFamilies } from '../../../shared/music/instrument-names.ts';
import { instrumentIds, instrumentOfProgram, instruments } from './catalogue.ts';

const builtIn = builtInFamilies.flatMap((family) => family.instruments);

describe('names of instruments', () => {
  it('calls each built-in instrument what it is, and leaves none out but the drums', () => {
    for (const { program, name } of builtIn) expect(instruments[instrumentOfProgram(program)].name).toBe(name);
    const named = new Set(builtIn.map(({ program }) => instrumentOfProgram(program)));
    expect([...named].sort()).toEqual(instrumentIds.filter((id) => id !== 'drums').sort());
    expect(named.size).toBe(builtIn.length);
  });

  it('finds for every program the one of ours that sounds', () => {
    const listed = new Set(builtIn.map(({ program }) => program));
    for (let program = 0; program < 128; program += 1) {
      expect(listed.has(builtInProgramOf(program)), `program ${program}`).toBe(true);
      expect(instrumentOfProgram(builtInProgramOf(program)), `program ${program}`).toBe(instrumentOfProgram(program));
    }
  });

  it('names all 128 programs, each once', () => {
    const all = programFamilies.flatMap((family) => family.instruments);
    expect(all.map(({ program }) => program)).toEqual(Array.from({ length: 128 }, (_, index) => index));
    expect(new Set(all.map(({ name }) => name)).size).toBe(128);
    expect(instrumentName({ kind: 'drums' })).toBe('Drum kit');
  });
});
