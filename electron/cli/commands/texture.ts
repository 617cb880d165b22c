import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { textureDetailsSchema, textureParameterInfos } from '../../../shared/pipelines/texture.ts';
import { runToEnd } from '../batch.ts';
import type { Command, CommandContext } from '../command.ts';
import { textFlag } from '../command.ts';
import { duration } from '../output.ts';
import { parameterHelp, parameterOptions, parametersOf } from '../parameters.ts';
import { formatOf, writePictureFile } from '../picture-files.ts';
import { requestBase, requestOf, runOptions } from '../requests.ts';

/** --size and --maps are shorter than the parameters' own names, and --maps is a switch. */
const infos = textureParameterInfos.filter(({ name }) => name !== 'sizePx' && name !== 'maps');
const size = textureParameterInfos.filter(({ name }) => name === 'sizePx');

export const texture: Command = {
  summary: 'Make a tile that repeats without a seam',
  usage: 'kiln texture [--x 0..1] [--y 0..1] [--seed N] [--size PX] [--maps] --out FILE',
  help: `Makes a seamless tile from a place on the map of textures, and its maps. The run is kept in the library.

  --out FILE           .png, .jpg, .webp, .avif or .tif (default: texture.png)
  --maps               also write FILE-normal.png (OpenGL), FILE-roughness.png and FILE-height.png
  --size PX            side of the tile, a multiple of 64 up to 2048 (default ${String(size[0]?.default)})
  --pack ID            the model pack (see: kiln models)
  --seed N             0..4294967295; another number lays the same texture out anew (default 0)
  --backend NAME       auto, webgpu, cpu or wasm (default auto)
  --no-metadata        do not write the parameters into the file
${parameterHelp(infos)}`,
  options: {
    out: { type: 'string', short: 'o' },
    maps: { type: 'boolean' },
    size: { type: 'string' },
    'no-metadata': { type: 'boolean' },
    ...runOptions,
    ...parameterOptions(infos),
  },
  whenLocked: 'temporary',
  run: runTexture,
};

async function runTexture(context: CommandContext): Promise<void> {
  const { studio, output, positionals, flags } = context;
  if (positionals.length > 0)
    throw new AppError('invalid-request', 'A texture is made from nothing: no files are read.', { action: `Usage: ${texture.usage}` });
  const out = resolve(textFlag(context, 'out') ?? 'texture.png');
  formatOf(out);
  const maps = flags['maps'] === true;
  const sizePx = Number(textFlag(context, 'size') ?? size[0]?.default ?? 512);
  if (!Number.isInteger(sizePx) || sizePx < 64 || sizePx > 2048 || sizePx % 64 !== 0) {
    throw new AppError('invalid-request', '--size is a multiple of 64 between 64 and 2048.');
  }
  const generation = await runToEnd(
    context,
    requestOf({ ...requestBase(context, 'texture'), inputs: {}, params: { ...parametersOf(context, infos), sizePx, maps } }),
  );
  const image = await writePictureFile(studio, generation, out, flags['no-metadata'] !== true);
  const written: Record<string, string> = { image: out };
  for (const { role, hash } of generation.outputs) {
    if (role === 'image') continue;
    const file = join(dirname(out), `${basename(out, extname(out))}-${role}.png`);
    await mkdir(dirname(file), { recursive: true });
    await copyFile(studio.assets.filePath(hash), file);
    written[role] = file;
  }
  for (const note of generation.notes) output.remark(note);
  const { kinds } = textureDetailsSchema.parse(generation.details['texture']);
  output.result(
    `${Object.values(written).join('\n')}\n${kinds.join(', ')}  (${duration(generation.timings?.totalMs ?? 0)} on ${generation.backend ?? '?'})`,
    {
      type: 'result',
      out,
      files: written,
      kinds,
      generationId: generation.id,
      pack: generation.pack.id,
      seed: generation.request.seed,
      backend: generation.backend,
      image,
      size: generation.size,
      timings: generation.timings,
    },
  );
}
