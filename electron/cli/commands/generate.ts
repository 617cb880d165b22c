import { readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { runBatch, type BatchItem } from '../batch.ts';
import { diffusionFlags, diffusionHelp, diffusionParameterHelp, flagsFor, parametersBut } from '../diffusion-flags.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from '../command.ts';
import { formatOf } from '../picture-files.ts';
import { largestSeed, requestOf, seedFlag } from '../requests.ts';

/** Those that need a picture to start from belong to `kiln img2img`. */
const parameters = parametersBut('strength', 'maskMode', 'maskFill', 'maskGrow', 'feather', 'contextPadding');
const mostPictures = 1000;

export const generate: Command = {
  summary: 'Make pictures from words',
  usage: 'kiln generate PROMPT… [--count N] [--out FILE|FOLDER] [options]',
  help: `Makes pictures from words and writes them. The runs are kept in the library.

  PROMPT               what shall be there; several prompts make several pictures. (word:1.3) weighs a word
  --prompts FILE       a text file with a prompt a line, instead of or beside those given; empty lines and # lines are left out
  --count N            pictures for each prompt, with successive seeds (default 1)
  --seed N             0..4294967295, of the first picture (default: at random, and said)
  --out FILE|FOLDER    .png, .jpg, .webp, .avif or .tif; a folder for several pictures (default: PROMPT-SEED.png here)
  --resume             leave out pictures that are there already
  --no-metadata        do not write the parameters into the files
${diffusionHelp}
${diffusionParameterHelp(parameters)}`,
  options: {
    ...flagsFor(parameters),
    prompts: { type: 'string' },
    count: { type: 'string' },
    out: { type: 'string', short: 'o' },
    resume: { type: 'boolean' },
    'no-metadata': { type: 'boolean' },
  },
  whenLocked: 'temporary',
  run: runGenerate,
};

interface Wanted extends BatchItem {
  prompt: string;
  seed: number;
}

async function runGenerate(context: CommandContext): Promise<void> {
  const { output } = context;
  const prompts = [...context.positionals, ...(await promptsOfFile(textFlag(context, 'prompts')))];
  if (prompts.length === 0)
    throw new AppError('invalid-request', 'Say what the picture shall show.', { action: `Usage: ${generate.usage}` });
  const count = numberFlag(context, 'count') ?? 1;
  if (!Number.isInteger(count) || count < 1 || count * prompts.length > mostPictures) {
    throw new AppError('invalid-request', `--count is a whole number; ${String(mostPictures)} pictures at most.`);
  }
  const { base, params } = diffusionFlags(context, parameters);
  const given = seedFlag(context);
  const seed = given ?? Math.floor(Math.random() * largestSeed);
  const wanted = resultsOf(prompts, count, seed, textFlag(context, 'out'));
  if (given === undefined) output.remark(`Seed ${String(seed)}.`);
  const byFile = new Map(wanted.map((one) => [one.file, one]));
  await runBatch(context, { items: wanted, many: wanted.length > 1 }, ({ file }) => {
    const one = byFile.get(file);
    if (one === undefined) throw new AppError('internal', `Nothing is known of ${file}.`);
    const request = requestOf({
      ...base,
      seed: one.seed,
      title: one.prompt.slice(0, 200),
      inputs: {},
      params: { ...params, prompt: one.prompt },
    });
    return Promise.resolve(request);
  });
}

async function promptsOfFile(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AppError('not-found', `There is no readable file at ${file}.`, { cause: error });
  });
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** A file name of a prompt: its first words, in letters that every file system takes. */
export function slugOf(prompt: string): string {
  const slug = prompt
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return slug === '' ? 'picture' : slug;
}

/** `file` names the source of a batch item; here it is the prompt and its seed, in words. */
export function resultsOf(prompts: readonly string[], count: number, seed: number, out: string | undefined): Wanted[] {
  const many = prompts.length * count > 1;
  const single = out !== undefined && !many && extname(out) !== '';
  if (out !== undefined && (single || extname(out) !== '')) formatOf(out);
  if (out !== undefined && many && extname(out) !== '') {
    throw new AppError('invalid-request', `"${out}" is one file, and there are several pictures.`, { action: 'Give --out a folder.' });
  }
  return prompts.flatMap((prompt, index) =>
    Array.from({ length: count }, (_, number) => {
      const own = (seed + number) % (largestSeed + 1);
      const place = many && prompts.length > 1 ? `${String(index + 1).padStart(3, '0')}-` : '';
      return {
        prompt,
        seed: own,
        madeFromNothing: true,
        file: `${place}${prompt} (seed ${String(own)})`,
        out: single ? resolve(out) : resolve(join(out ?? '.', `${place}${slugOf(prompt)}-${String(own)}.png`)),
      };
    }),
  );
}
