import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import sharp from 'sharp';
import { AppError } from '../../../shared/contract/errors.ts';
import { readAse, readGpl, readHexColours, writeAse, writeCss, writeGpl, type NamedColour } from '../../../shared/colour/palette-files.ts';
import { parseHex, toHex } from '../../../shared/colour/srgb.ts';
import { drawSwatches } from '../../../shared/colour/swatches.ts';
import type { Generation } from '../../../shared/domain/generation.ts';
import { paletteDetailsSchema, paletteParameterInfos, type PaletteDetails } from '../../../shared/pipelines/palette.ts';
import { runToEnd } from '../batch.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from '../command.ts';
import { duration } from '../output.ts';
import { parameterHelp, parameterOptions, parametersOf } from '../parameters.ts';
import { importPictureFile, writePictureFile } from '../picture-files.ts';
import { requestBase, requestOf, runOptions } from '../requests.ts';

const infos = paletteParameterInfos.filter(({ name }) => name !== 'mode');
const fileKinds = ['.png', '.ase', '.gpl', '.css'] as const;

export const palette: Command = {
  summary: 'Make palettes, take them from pictures, recolour pictures',
  usage: 'kiln palette sample|complete|extract|recolour|export … [options]',
  help: `  kiln palette sample                         new palettes of five colours, likeliest first
  kiln palette complete '#204060' - '#e8c070' palettes with these colours in these places ("-": to be chosen)
  kiln palette extract PHOTO                  the picture's own palette (--size N colours, default 5)
  kiln palette recolour PHOTO --colours '#204060,#e8c070,#b04030' --out FILE
  kiln palette export '#204060' '#e8c070' --out FILE

  --out FILE           sample, complete, extract, export: .png (swatches), .ase, .gpl or .css; recolour: the picture
  --name NAME          what the palette is called inside .ase, .gpl and .css files
  --colours LIST       hex colours with commas between them
  --from FILE          take the colours from a .ase, .gpl or .css file instead
  --size N             extract: how many colours, 1..16
  --pack ID            the model pack (see: kiln models)
  --seed N             0..4294967295; another number gives other palettes (default 0)
  --backend NAME       auto, webgpu, cpu or wasm (default auto)
  --no-metadata        recolour: do not write the parameters into the file
${parameterHelp(infos)}

Locked colours come back exactly. The figure behind a palette is its exact likelihood under the model, in bits a
coordinate: lower is more usual.`,
  options: {
    out: { type: 'string', short: 'o' },
    name: { type: 'string' },
    colours: { type: 'string' },
    from: { type: 'string' },
    size: { type: 'string' },
    'no-metadata': { type: 'boolean' },
    ...runOptions,
    ...parameterOptions(infos),
  },
  whenLocked: 'temporary',
  run: runPalette,
};

async function runPalette(context: CommandContext): Promise<void> {
  const [what, ...words] = context.positionals;
  switch (what) {
    case 'sample':
      if (words.length > 0) throw usage('"sample" takes no colours: "complete" does.');
      return makePalettes(context, {}, []);
    case 'complete': {
      const colours = [...words.map(placeOf), ...(words.length === 0 ? await givenColours(context) : [])];
      if (colours.every((colour) => colour === null)) throw usage('Give at least one colour to keep.');
      return makePalettes(context, {}, colours);
    }
    case 'extract': {
      const size = numberFlag(context, 'size') ?? 5;
      if (!Number.isInteger(size) || size < 1 || size > 16) throw new AppError('invalid-request', '--size lies between 1 and 16.');
      const image = await importPictureFile(context.studio, onePicture(words));
      return makePalettes(
        context,
        { mode: 'extract', image: image.hash, title: basename(words[0] ?? '') },
        new Array<null>(size).fill(null),
      );
    }
    case 'recolour':
      return recolourPicture(context, onePicture(words));
    case 'export': {
      const colours = words.length > 0 ? words.map(placeOf) : await givenColours(context);
      const kept = colours.flatMap((colour) => (colour === null ? [] : [colour]));
      const out = textFlag(context, 'out');
      if (kept.length === 0 || out === undefined) throw usage('Give colours and --out.');
      await writePalettes(context, out, [kept]);
      context.output.result(resolve(out), { type: 'result', out: resolve(out), colours: kept });
      return;
    }
    default:
      throw usage(what === undefined ? 'Say what to do.' : `There is no "kiln palette ${what}".`);
  }
}

const usage = (message: string): AppError => new AppError('invalid-request', message, { action: `Usage: ${palette.usage}` });

function onePicture(words: readonly string[]): string {
  const [file, ...extra] = words;
  if (file === undefined || extra.length > 0) throw usage('Give one picture.');
  return file;
}

/** A colour, or null for "-": a place that is free. */
function placeOf(word: string): string | null {
  if (word === '-') return null;
  const rgb = parseHex(word);
  if (rgb === null)
    throw new AppError('invalid-request', `"${word}" is not a colour.`, { action: "Write colours as '#204060', free places as -." });
  return toHex(rgb);
}

/** --colours or --from. */
async function givenColours(context: CommandContext): Promise<(string | null)[]> {
  const file = textFlag(context, 'from');
  if (file === undefined) {
    const list = textFlag(context, 'colours') ?? '';
    return list
      .split(/[\s,]+/)
      .filter((word) => word !== '')
      .map(placeOf);
  }
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new AppError('not-found', `There is no readable file at ${file}.`, { cause: error });
  });
  const text = bytes.toString('utf8');
  const colours = readAse(bytes) ?? readGpl(text) ?? readHexColours(text);
  if (colours.length === 0)
    throw new AppError('unsupported', `There are no colours in ${basename(file)}.`, { action: 'Use an .ase, .gpl or .css file.' });
  return colours.slice(0, 16).map(({ rgb }) => toHex(rgb));
}

async function makePalettes(
  context: CommandContext,
  { mode = 'sample', image, title = '' }: { mode?: 'sample' | 'extract'; image?: string; title?: string },
  colours: readonly (string | null)[],
): Promise<void> {
  const { output } = context;
  const out = textFlag(context, 'out');
  if (out !== undefined) kindOf(out);
  const generation = await runToEnd(
    context,
    requestOf({
      ...requestBase(context, 'palette'),
      title,
      inputs: image === undefined ? {} : { image },
      params: { ...parametersOf(context, infos), mode, colours },
    }),
  );
  const palettes = palettesOf(generation);
  if (out !== undefined)
    await writePalettes(
      context,
      out,
      palettes.map((made) => made.colours),
    );
  for (const note of generation.notes) output.remark(note);
  for (const [index, made] of palettes.entries()) {
    const bits = made.bitsPerDimension === null ? '' : `  ${made.bitsPerDimension.toFixed(3)} bits`;
    const shares = made.shares === null ? '' : `  ${made.shares.map((share) => `${(share * 100).toFixed(0)} %`).join(' ')}`;
    output.result(`${made.colours.join(' ')}${bits}${shares}`, { type: 'palette', rank: index + 1, ...made });
  }
  output.result(out === undefined ? `${String(palettes.length)} in ${tookOf(generation)}` : `${resolve(out)}  (${tookOf(generation)})`, {
    type: 'result',
    out: out === undefined ? null : resolve(out),
    generationId: generation.id,
    seed: generation.request.seed,
    backend: generation.backend,
    timings: generation.timings,
    notes: generation.notes,
  });
}

const tookOf = (generation: Generation): string => `${duration(generation.timings?.totalMs ?? 0)} on ${generation.backend ?? '?'}`;

function palettesOf(generation: Generation): PaletteDetails {
  const parsed = paletteDetailsSchema.safeParse(generation.details['palettes']);
  if (!parsed.success) throw new AppError('internal', 'The palettes are missing from the result.', { cause: parsed.error });
  return parsed.data;
}

async function recolourPicture(context: CommandContext, file: string): Promise<void> {
  const colours = (await givenColours(context)).filter((colour) => colour !== null);
  if (colours.length === 0) throw usage('Give --colours or --from.');
  const out = resolve(textFlag(context, 'out') ?? `${file.slice(0, file.length - extname(file).length)}-recoloured.png`);
  const image = await importPictureFile(context.studio, file);
  const generation = await runToEnd(
    context,
    requestOf({
      ...requestBase(context, 'palette'),
      title: basename(file),
      inputs: { image: image.hash },
      params: { ...parametersOf(context, infos), mode: 'recolour', colours },
    }),
  );
  const hash = await writePictureFile(context.studio, generation, out, context.flags['no-metadata'] !== true);
  context.output.result(`${out}  (${tookOf(generation)})`, {
    type: 'result',
    file,
    out,
    colours,
    generationId: generation.id,
    image: hash,
    timings: generation.timings,
  });
}

function kindOf(out: string): (typeof fileKinds)[number] {
  const kind = fileKinds.find((known) => known === extname(out).toLowerCase());
  if (kind === undefined) {
    throw new AppError('unsupported', `Kiln cannot write palettes to "${basename(out)}".`, {
      action: `Use one of: ${fileKinds.join(', ')}.`,
    });
  }
  return kind;
}

async function writePalettes(context: CommandContext, out: string, palettes: readonly (readonly string[])[]): Promise<void> {
  const kind = kindOf(out);
  const name = textFlag(context, 'name') ?? basename(out, extname(out));
  const named: NamedColour[] = palettes.flatMap((colours, row) =>
    colours.map((hex, column) => ({
      name: palettes.length > 1 ? `${String(row + 1)}.${String(column + 1)} ${hex}` : hex,
      rgb: parseHex(hex) ?? [0, 0, 0],
    })),
  );
  await mkdir(dirname(resolve(out)), { recursive: true });
  switch (kind) {
    case '.ase':
      return writeFile(out, writeAse(name, named));
    case '.gpl':
      return writeFile(out, writeGpl(name, named));
    case '.css':
      return writeFile(out, writeCss(name, named));
    case '.png': {
      const { data, ...raw } = drawSwatches(palettes.map((colours) => colours.map((hex) => parseHex(hex) ?? [0, 0, 0])));
      return writeFile(out, await sharp(data, { raw }).png().toBuffer());
    }
  }
}
