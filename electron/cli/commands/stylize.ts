import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packIdSchema, type AssetHash } from '../../../shared/domain/ids.ts';
import { stylizeParameters } from '../../../shared/pipelines/stylize.ts';
import { batchHelp, batchOf, batchOptions, runBatch } from '../batch.ts';
import { textFlag, textFlags, type Command, type CommandContext } from '../command.ts';
import { parameterHelp, parameterOptions, parametersOf } from '../parameters.ts';
import { importMaskFile, importPictureFile } from '../picture-files.ts';
import { requestBase, requestOf, runOptions } from '../requests.ts';
import { findInGallery, styleGallery } from '../style-gallery.ts';

/** As many as a request can hold. */
const roles = ['style', 'style2', 'style3'] as const;

/** Weights are given with the styles. */
const parameters = stylizeParameters.filter(({ name }) => !name.startsWith('weight'));

export const stylize: Command = {
  summary: 'Paint pictures in the manner of others',
  usage: 'kiln stylize PHOTO|FOLDER… --style FILE|NAME[:WEIGHT] [--style …] [--out FILE|FOLDER] [options]',
  help: `Paints pictures, of any size, in the manner of one to three styles and writes the results. The runs are kept in the
library.

  --style FILE|NAME    a picture, or a style of the gallery by (part of) its name; up to three times. ":0.5" after it is its
                       weight among them, 0..1 (default 1). A pack that holds one style needs none
  --mask FILE          a picture of the photo's size: white is restyled, black is kept, grey is mixed
${batchHelp}
  --pack ID            the model pack (see: kiln models)
  --seed N             0..4294967295; another number lays other strokes (default 0)
  --backend NAME       auto, webgpu, cpu or wasm (default auto)
${parameterHelp(parameters)}

Results are called PHOTO-stylized.png unless --out names one. The gallery:
${styleGallery()
  .map(({ id, artist, title, year }) => `  ${id.padEnd(36)} ${artist}, ${title} (${year})`)
  .join('\n')}`,
  options: {
    ...batchOptions,
    ...runOptions,
    ...parameterOptions(parameters),
    style: { type: 'string', multiple: true },
    mask: { type: 'string' },
  },
  whenLocked: 'temporary',
  run: runStylize,
};

async function runStylize(context: CommandContext): Promise<void> {
  const { studio } = context;
  const params = parametersOf(context, parameters);
  const base = requestBase(context, 'stylize');
  const chosen = textFlags(context, 'style').map(styleOf);
  if (chosen.length > roles.length) throw new AppError('invalid-request', `Give at most ${String(roles.length)} styles.`);
  if (chosen.length === 0 && needsStyle(context, base['packId'])) {
    throw new AppError('invalid-request', 'Give a style: a picture or a name of the gallery.', {
      action: `Usage: ${stylize.usage}; kiln stylize --help lists the gallery.`,
    });
  }
  const batch = await batchOf(context, 'stylized', stylize.usage);
  const maskFile = textFlag(context, 'mask');
  if (maskFile !== undefined && batch.many) {
    throw new AppError('invalid-request', 'A mask belongs to one picture.', { action: 'Restyle pictures with masks one at a time.' });
  }
  const styles: Partial<Record<(typeof roles)[number], AssetHash>> = {};
  const weights: Record<string, number> = {};
  for (const [index, { file, weight }] of chosen.entries()) {
    const role = roles[index] ?? 'style';
    styles[role] = (await importPictureFile(studio, file)).hash;
    weights[`weight${String(index + 1)}`] = weight;
  }
  await runBatch(context, batch, async ({ file }) => {
    const image = await importPictureFile(studio, file);
    const mask = maskFile === undefined ? {} : { mask: await importMaskFile(studio, maskFile, image) };
    return requestOf({
      ...base,
      title: basename(file),
      inputs: { image: image.hash, ...styles, ...mask },
      params: { ...params, ...weights },
    });
  });
}

function needsStyle({ studio }: CommandContext, packId: unknown): boolean {
  const { convention } = studio.packs.resolve(packIdSchema.parse(packId)).manifest;
  return convention.task !== 'stylize' || convention.kind === 'statistics';
}

/** FILE, NAME, FILE:0.5 or NAME:0.5. A file that exists is taken by its whole name first, so colons in names are no trouble. */
export function styleOf(text: string): { file: string; weight: number } {
  if (existsSync(text)) return { file: text, weight: 1 };
  const [, name = text, weightText = '1'] = /^(.*):([0-9.]+)$/.exec(text) ?? [];
  const weight = Number(weightText);
  if (!(weight >= 0 && weight <= 1)) throw new AppError('invalid-request', `The weight of "${name}" lies between 0 and 1.`);
  if (existsSync(name)) return { file: name, weight };
  const found = findInGallery(name);
  const [style] = found;
  if (style === undefined) {
    throw new AppError('not-found', `There is no file and no gallery style called "${name}".`, {
      action: 'kiln stylize --help lists the gallery.',
    });
  }
  if (found.length > 1) {
    throw new AppError('invalid-request', `"${name}" could be ${found.map(({ id }) => id).join(', ')}.`, {
      action: 'Give more of the name.',
    });
  }
  return { file: style.file, weight };
}
