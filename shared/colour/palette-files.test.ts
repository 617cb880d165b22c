import { describe, expect, it } from 'vitest';
import { readAse, readGpl, readHexColours, writeAse, writeCss, writeGpl, type NamedColour } from './palette-files.ts';

const colours: NamedColour[] = [
  { name: 'Ink', rgb: [12, 20, 40] },
  { name: 'Ähre', rgb: [230, 190, 90] },
];

describe('Adobe Swatch Exchange', () => {
  it('writes the documented bytes', () => {
    const bytes = writeAse('K', [{ name: 'R', rgb: [255, 0, 51] }]);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(hex).toBe(
      '41534546' +
        '00010000' +
        '00000003' + // ASEF, version 1.0, three blocks
        'c001' +
        '00000006' +
        '0002' +
        '004b' +
        '0000' + // group start: length 6, two units: K and the closing zero
        '0001' +
        '00000018' +
        '0002' +
        '0052' +
        '0000' +
        '52474220' +
        '3f800000' +
        '00000000' +
        '3e4ccccd' +
        '0000' +
        'c002' +
        '00000000',
    );
  });

  it('comes back as it went, names and all', () => {
    expect(readAse(writeAse('Autumn', colours))).toEqual(colours);
    expect(readAse(new Uint8Array([1, 2, 3]))).toBeNull();
    const cut = writeAse('Autumn', colours).slice(0, -20);
    expect(readAse(cut)).toBeNull();
  });
});

describe('GIMP palette', () => {
  it('writes a header and one line a colour', () => {
    expect(writeGpl('Two\nlines', colours)).toBe('GIMP Palette\nName: Two lines\nColumns: 2\n#\n 12  20  40\tInk\n230 190  90\tÄhre\n');
    expect(readGpl(writeGpl('x', colours))).toEqual(colours);
    expect(readGpl('Something else\n1 2 3')).toBeNull();
  });
});

describe('CSS', () => {
  it('writes custom properties that nothing in a name can break', () => {
    const text = writeCss('My Café 2!', [...colours, { name: 'a */ } body {', rgb: [0, 0, 0] }]);
    expect(text).toBe(
      ':root {\n  --my-cafe-2-1: #0c1428; /* Ink */\n  --my-cafe-2-2: #e6be5a; /* Ähre */\n  --my-cafe-2-3: #000000; /* a * / } body { */\n}\n',
    );
    expect(writeCss('???', colours)).toContain('--colour-1:');
    expect(readHexColours(text).map(({ rgb }) => rgb)).toEqual([
      [12, 20, 40],
      [230, 190, 90],
      [0, 0, 0],
    ]);
  });
});
