/** Writes a SoundFont by hand: one looped sine of 440 Hz, as program 0 and as the drum kit. */

const chunk = (id: string, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(8 + body.length + (body.length % 2));
  bytes.set(Array.from(id, (letter) => letter.charCodeAt(0)));
  new DataView(bytes.buffer).setUint32(4, body.length, true);
  bytes.set(body, 8);
  return bytes;
};
const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};
const text = (value: string): Uint8Array => Uint8Array.from(value, (letter) => letter.charCodeAt(0));
const list = (kind: string, ...parts: readonly Uint8Array[]): Uint8Array => chunk('LIST', joined(text(kind), ...parts));
const name = (value: string): Uint8Array => joined(text(value), new Uint8Array(20 - value.length));
const shorts = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
const longs = (...values: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

export const tinySampleFrames = 1000;

/** @param end the last frame of the sample, as its header says it */
export function tinySoundFont(end = tinySampleFrames): Uint8Array<ArrayBuffer> {
  const samples = new Int16Array(tinySampleFrames + 46);
  for (let frame = 0; frame < tinySampleFrames; frame += 1) samples[frame] = Math.round(20_000 * Math.sin((2 * Math.PI * frame) / 100));
  const header = (title: string, program: number, bank: number, bag: number): Uint8Array =>
    joined(name(title), shorts(program, bank, bag), longs(0, 0, 0));
  const body = joined(
    text('sfbk'),
    list('INFO', chunk('ifil', shorts(2, 1)), chunk('isng', text('EMU8000\0')), chunk('INAM', text('Tiny\0\0'))),
    list('sdta', chunk('smpl', new Uint8Array(samples.buffer))),
    list(
      'pdta',
      chunk('phdr', joined(header('Sine', 0, 0, 0), header('Kit', 0, 128, 1), header('EOP', 0, 0, 2))),
      chunk('pbag', shorts(0, 0, 1, 0, 2, 0)),
      chunk('pmod', new Uint8Array(10)),
      // Generator 41: instrument; 54: loop; 53: sample.
      chunk('pgen', shorts(41, 0, 41, 0, 0, 0)),
      chunk('inst', joined(name('Sine'), shorts(0), name('EOI'), shorts(1))),
      chunk('ibag', shorts(0, 0, 2, 0)),
      chunk('imod', new Uint8Array(10)),
      chunk('igen', shorts(54, 1, 53, 0, 0, 0)),
      chunk(
        'shdr',
        joined(name('Sine'), longs(0, end, 100, 900, 44_000), Uint8Array.of(69, 0), shorts(0, 1), name('EOS'), new Uint8Array(26)),
      ),
    ),
  );
  return Uint8Array.from(chunk('RIFF', body));
}
