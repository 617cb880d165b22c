import { basename, dirname, extname, join, resolve } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { pipelineInfos } from '../../../shared/pipelines/registry.ts';
import { runToEnd } from '../batch.ts';
import { textFlag, type Command, type CommandContext } from '../command.ts';
import { duration } from '../output.ts';
import { parameterHelp, parameterOptions, parametersOf } from '../parameters.ts';
import { formatOf, importMaskFile, importPictureFile, writePictureFile } from '../picture-files.ts';
import { requestBase, requestOf, runOptions } from '../requests.ts';

const { parameters } = pipelineInfos.inpaint;

export const inpaint: Command = {
  summary: 'Fill the masked part of a picture',
  usage: 'kiln inpaint PHOTO --mask MASK [--out FILE] [options]',
  help: `Fills what the mask marks and writes the result; everything else stays as it was. The run is kept in the library.

  --mask FILE          a picture of the photo's size: white is filled, black is kept (required)
  --out FILE           .png, .jpg, .webp, .avif or .tif (default: PHOTO-inpainted.png beside the photo)
  --pack ID            the model pack (see: kiln models)
  --seed N             0..4294967295; another number gives another answer (default 0)
  --backend NAME       auto, webgpu, cpu or wasm (default auto)
  --no-metadata        do not write the parameters into the file
${parameterHelp(parameters)}

A mask with transparency counts where it is opaque and light. The photo's EXIF rotation is applied first, so a mask made
from the photo as it is seen fits.`,
  options: {
    mask: { type: 'string' },
    out: { type: 'string', short: 'o' },
    ...runOptions,
    'no-metadata': { type: 'boolean' },
    ...parameterOptions(parameters),
  },
  whenLocked: 'temporary',
  run: runInpaint,
};

async function runInpaint(context: CommandContext): Promise<void> {
  const { studio, output, positionals } = context;
  const [photo, ...extra] = positionals;
  const maskFile = textFlag(context, 'mask');
  if (photo === undefined || extra.length > 0 || maskFile === undefined) {
    throw new AppError('invalid-request', 'Give one photo and a mask.', { action: `Usage: ${inpaint.usage}` });
  }
  const out = resolve(textFlag(context, 'out') ?? join(dirname(photo), `${basename(photo, extname(photo))}-inpainted.png`));
  formatOf(out);
  const image = await importPictureFile(studio, photo);
  const mask = await importMaskFile(studio, maskFile, image);
  const generation = await runToEnd(
    context,
    requestOf({
      ...requestBase(context, 'inpaint'),
      title: basename(photo),
      inputs: { image: image.hash, mask },
      params: parametersOf(context, parameters),
    }),
  );
  const result = await writePictureFile(studio, generation, out, context.flags['no-metadata'] !== true);
  for (const note of generation.notes) output.remark(note);
  output.result(`${out}  (${duration(generation.timings?.totalMs ?? 0)} on ${generation.backend ?? '?'})`, {
    type: 'result',
    out,
    generationId: generation.id,
    pack: generation.pack.id,
    seed: generation.request.seed,
    backend: generation.backend,
    image: result,
    timings: generation.timings,
    notes: generation.notes,
  });
}
