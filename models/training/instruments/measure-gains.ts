/** Measures every instrument on the same phrase in its own register and writes `models/audio/instruments/gains.ts`. Run with Node. */
import { writeFileSync } from 'node:fs';
import { instrumentIds, instruments } from '../../audio/instruments/catalogue.ts';
import { instrumentGains } from '../../audio/instruments/gains.ts';
import { phraseLoudness, phraseOf } from '../../audio/testing/phrases.ts';

const targetLufs = -23;
const lines = instrumentIds.map((id) => {
  const lufs = phraseLoudness(instruments[id], phraseOf(id), 48_000);
  const gain = instrumentGains[id] * 10 ** ((targetLufs - lufs) / 20);
  process.stdout.write(`${id} ${lufs.toFixed(1)} LUFS\n`);
  return `  ${id}: ${gain.toPrecision(3)},`;
});
writeFileSync(
  new URL('../../audio/instruments/gains.ts', import.meta.url),
  `/** Factors that bring each instrument to one loudness, measured by \`models/training/instruments/measure-gains.ts\`. */
export const instrumentGains = {
${lines.join('\n')}
};
`,
);
