import { AppError } from '../../../shared/contract/errors.ts';
import { batchHelp, batchOf, batchOptions, runBatch } from '../batch.ts';
import { textFlag, type Command, type CommandContext } from '../command.ts';
import { diffusionFlags, diffusionHelp, diffusionParameterHelp, flagsFor, parametersBut } from '../diffusion-flags.ts';
import { importMaskFile, importPictureFile } from '../picture-files.ts';
import { requestOf } from '../requests.ts';

const parameters = parametersBut('highResScale', 'highResStrength', 'highResSteps');

export const img2img: Command = {
  summary: 'Make pictures over with words',
  usage: 'kiln img2img PHOTO|FOLDER… --prompt TEXT [--strength 0..1] [--mask FILE] [--out FILE|FOLDER] [options]',
  help: `Goes over pictures with a prompt (image-to-image); with a mask, over that part alone. The runs are kept in the library.

  --prompt TEXT        what shall be there (required)
  --mask FILE          a picture of the photo's size: white is made anew, black is kept, grey by degrees
${batchHelp}
  --seed N             0..4294967295 (default 0)
${diffusionHelp}
${diffusionParameterHelp(parameters)}

Results are called PHOTO-img2img.png unless --out names one. Without --width and --height they are as large as the photo.`,
  options: { ...flagsFor(parameters), ...batchOptions, prompt: { type: 'string' }, mask: { type: 'string' } },
  whenLocked: 'temporary',
  run: runImg2img,
};

async function runImg2img(context: CommandContext): Promise<void> {
  const { studio } = context;
  const prompt = textFlag(context, 'prompt');
  if (prompt === undefined) throw new AppError('invalid-request', 'Give a prompt.', { action: `Usage: ${img2img.usage}` });
  const { base, params, convention } = diffusionFlags(context, parameters);
  if (convention.parts.vaeEncoder === null) {
    throw new AppError('unsupported', 'This pack has no VAE encoder: it cannot start from pictures.', { action: 'Choose another --pack.' });
  }
  const batch = await batchOf(context, 'img2img', img2img.usage);
  const maskFile = textFlag(context, 'mask');
  if (maskFile !== undefined && batch.many) {
    throw new AppError('invalid-request', 'A mask belongs to one picture.', { action: 'Work on pictures with masks one at a time.' });
  }
  await runBatch(context, batch, async ({ file }) => {
    const image = await importPictureFile(studio, file);
    const mask = maskFile === undefined ? {} : { mask: await importMaskFile(studio, maskFile, image) };
    return requestOf({ ...base, title: prompt.slice(0, 200), inputs: { image: image.hash, ...mask }, params: { ...params, prompt } });
  });
}
