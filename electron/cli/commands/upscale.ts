import { basename } from 'node:path';
import { upscaleParameters } from '../../../shared/pipelines/upscale.ts';
import { batchHelp, batchOf, batchOptions, runBatch } from '../batch.ts';
import type { Command, CommandContext } from '../command.ts';
import { parameterHelp, parameterOptions, parametersOf } from '../parameters.ts';
import { importPictureFile } from '../picture-files.ts';
import { requestBase, requestOf, runOptions } from '../requests.ts';

export const upscale: Command = {
  summary: 'Enlarge pictures',
  usage: 'kiln upscale PHOTO|FOLDER… [--out FILE|FOLDER] [--factor N] [options]',
  help: `Enlarges pictures, of any size, and writes the results. The runs are kept in the library.

${batchHelp}
  --pack ID            the model pack (see: kiln models)
  --backend NAME       auto, webgpu, cpu or wasm (default auto)
${parameterHelp(upscaleParameters)}

Results are called PHOTO-upscaled.png unless --out names one. A factor of 1 with --denoise 1 cleans a picture without
enlarging it.`,
  options: { ...batchOptions, ...runOptions, ...parameterOptions(upscaleParameters) },
  whenLocked: 'temporary',
  run: runUpscale,
};

async function runUpscale(context: CommandContext): Promise<void> {
  const params = parametersOf(context, upscaleParameters);
  const base = requestBase(context, 'upscale');
  const batch = await batchOf(context, 'upscaled', upscale.usage);
  await runBatch(context, batch, async ({ file }) => {
    const image = await importPictureFile(context.studio, file);
    return requestOf({ ...base, title: basename(file), inputs: { image: image.hash }, params });
  });
}
