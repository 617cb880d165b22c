/**
 * Whether Kiln Mini follows prompts: a picture for each of the 60 captions that never occur in its training, through Kiln's
 * own pipeline and shipped pack, and how often a separately trained image-text encoder finds the caption again among the 60.
 * By itself: `node electron/launch/run.mjs e2e/evaluate/mini.ts [sheet.png]`.
 */
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import { openJudge } from './mini-judge.ts';
import type { Row } from './row.ts';

export interface EvaluateOptions {
  /** Every n-th caption only: a quick look. */
  every?: number;
  seed?: number;
  /** Where a sheet of the pictures goes; none without. */
  sheet?: string;
  say?: (text: string) => void;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const betterThanChance = 10;

const colourWords = new Set('red orange yellow green teal blue navy purple pink brown beige black grey white'.split(' '));
const coloursOf = (caption: string): string[] => caption.split(' ').filter((word) => colourWords.has(word));

/** For each caption, the indices of those that share a colour word with it, itself among them: colour alone cannot tell them apart. */
export function sharersOf(captions: readonly string[]): number[][] {
  const colours = captions.map(coloursOf);
  return captions.map((_, own) =>
    captions.flatMap((__, other) => (colours[other]?.some((word) => colours[own]?.includes(word)) ? [other] : [])),
  );
}

/** The pictures ten a row, as PNG. */
async function writeSheet(pictures: readonly PixelImage[], file: string): Promise<void> {
  const side = pictures[0]?.width ?? 64;
  await sharp({ create: { width: 10 * side, height: Math.ceil(pictures.length / 10) * side, channels: 3, background: '#fff' } })
    .composite(
      pictures.map(({ data, width, height, channels }, index) => ({
        input: Buffer.from(data),
        raw: { width, height, channels },
        left: (index % 10) * side,
        top: Math.floor(index / 10) * side,
      })),
    )
    .png()
    .toFile(file);
}

export async function evaluateMini({ every = 1, seed = 1, sheet, say = () => undefined }: EvaluateOptions = {}): Promise<Row[]> {
  const pack = openPack('kiln-mini');
  if (pack.manifest.convention.task !== 'diffusion') throw new Error('kiln-mini is no diffusion pack.');
  const { steps, guidanceScale } = pack.manifest.convention.defaults;
  const judge = await openJudge();
  const pictures: PixelImage[] = [];
  const places: number[] = [];
  const sharers = sharersOf(judge.captions);
  const amongSharers: { first: boolean; chance: number }[] = [];
  let elapsedMs = 0;
  for (const [index, prompt] of judge.captions.entries()) {
    if (index % every !== 0) continue;
    say(`${String(index + 1)} of ${String(judge.captions.length)}: ${prompt}`);
    const { image, totalMs } = await pack.run({}, { prompt, steps, guidanceScale }, { seed: seed + index });
    pictures.push(image);
    const ranked = await judge.rank(image);
    places.push(ranked.indexOf(index));
    const alike = sharers[index] ?? [];
    if (alike.length > 1) amongSharers.push({ first: ranked.find((at) => alike.includes(at)) === index, chance: 1 / alike.length });
    elapsedMs += totalMs;
  }
  if (sheet !== undefined) await writeSheet(pictures, sheet);
  const within = (count: number): number => places.filter((place) => place < count).length / places.length;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const thing = mean(amongSharers.map(({ first }) => Number(first)));
  const thingChance = mean(amongSharers.map(({ chance }) => chance));
  const bar = betterThanChance / judge.captions.length;
  const row = (metric: string, measured: string, limit: string, ok: boolean): Row => ({ task: 'mini', metric, measured, bar: limit, ok });
  return [
    row(
      `held-out captions found again among ${String(judge.captions.length)}`,
      `${percent(within(1))} of ${String(places.length)} (chance ${percent(1 / judge.captions.length)}; real pictures ${percent(judge.onRealPictures.top1)})`,
      `>= ${percent(bar)}, ten times chance`,
      within(1) >= bar,
    ),
    row(
      'the caption is among the first five',
      `${percent(within(5))} (chance ${percent(5 / judge.captions.length)}; real pictures ${percent(judge.onRealPictures.top5)})`,
      `>= ${percent(3 * bar)}`,
      within(5) >= 3 * bar,
    ),
    row(
      'found again among captions that share a colour word: the thing, not its colour',
      `${percent(thing)} of ${String(amongSharers.length)} (chance ${percent(thingChance)})`,
      `>= ${percent(1.5 * thingChance)}, one and a half times chance`,
      thing >= 1.5 * thingChance,
    ),
    row(
      `a picture of 64 px in ${String(steps)} steps`,
      `${(elapsedMs / places.length / 1000).toFixed(2)} s on the CPU`,
      '<= 10 s',
      elapsedMs / places.length <= 10_000,
    ),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [sheet] = process.argv.slice(2);
  const rows = await evaluateMini({
    ...(sheet === undefined ? {} : { sheet }),
    say: (text) => process.stderr.write(`\r${text.padEnd(90)}`),
  });
  process.stderr.write('\n');
  console.table(Object.fromEntries(rows.map(({ metric, measured, bar, ok }) => [metric, { measured, bar, ok }])));
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}
