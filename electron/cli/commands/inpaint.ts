import { access, copyFile, writeFile } from 'node:fs/promises';
import { basename, extname, join, dirname, resolve } from 'node:path';
import sharp from 'sharp';
import { AppError } from '../../../shared/contract/errors.ts';
import { exportFormats, type ExportFormat } from '../../../shared/contract/calls/export-calls.ts';
import { backendPreferenceSchema } from '../../../shared/domain/backend.ts';
import { packIdSchema, type AssetHash, type JobId } from '../../../shared/domain/ids.ts';
import type { Job } from '../../../shared/domain/job.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import { pipelineInfos } from '../../../shared/pipelines/registry.ts';
import { metadataFor } from '../../services/export/export-handlers.ts';
import { encodePicture } from '../../services/export/encode-picture.ts';
import type { StudioCore } from '../../services/create-services.ts';
import { numberFlag, textFlag, type Command, type CommandContext } from '../command.ts';
import { duration } from '../output.ts';

const extensions: Record<string, ExportFormat> = {
  png: 'png',
  jpg: 'jpeg',
  jpeg: 'jpeg',
  webp: 'webp',
  avif: 'avif',
  tif: 'tiff',
  tiff: 'tiff',
};

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const parameterOptions = Object.fromEntries(pipelineInfos.inpaint.parameters.map(({ name }) => [kebab(name), { type: 'string' as const }]));

const parameterHelp = pipelineInfos.inpaint.parameters
  .map((info) => {
    const values = info.kind === 'boolean' ? 'true|false' : `${String(info.min)}..${String(info.max)}`;
    return `  --${kebab(info.name).padEnd(18)} ${info.help} (${values}; default ${String(info.default)})`;
  })
  .join('\n');

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
${parameterHelp}

A mask with transparency counts where it is opaque and light. The photo's EXIF rotation is applied first, so a mask made
from the photo as it is seen fits.`,
  options: {
    mask: { type: 'string' },
    out: { type: 'string', short: 'o' },
    pack: { type: 'string' },
    seed: { type: 'string' },
    backend: { type: 'string' },
    'no-metadata': { type: 'boolean' },
    ...parameterOptions,
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
  const format = extensions[extname(out).slice(1).toLowerCase()];
  if (format === undefined) {
    throw new AppError('unsupported', `Kiln cannot write "${basename(out)}".`, { action: `Use one of: ${exportFormats.join(', ')}.` });
  }
  const image = await importFile(studio, photo);
  const mask = await importMask(studio, maskFile, image);
  const pack = textFlag(context, 'pack');
  const backend = backendPreferenceSchema.safeParse(textFlag(context, 'backend') ?? 'auto');
  if (!backend.success) throw new AppError('invalid-request', '--backend is auto, webgpu, cpu or wasm.');
  const packId = packIdSchema.safeParse(pack ?? studio.packs.defaultPackId('inpaint'));
  if (!packId.success) throw new AppError('pack-missing', `There is no pack "${pack ?? ''}".`, { action: 'kiln models lists them.' });

  const { jobs } = await studio.router.call('jobs.enqueue', {
    requests: [
      {
        kind: 'inpaint',
        projectId: null,
        packId: packId.data,
        seed: numberFlag(context, 'seed') ?? 0,
        backend: backend.data,
        placement: null,
        parentId: null,
        title: basename(photo),
        inputs: { image: image.hash, mask },
        params: parameters(context),
      },
    ],
  });
  const [queued] = jobs;
  if (queued === undefined) throw new AppError('internal', 'The job was not queued.');
  const job = await finished(context, queued.id);
  const generation = job.generationId === null ? null : studio.generations.get(job.generationId);
  const result = generation?.outputs.find((made) => made.role === 'image');
  if (generation === null || result === undefined) throw new AppError('internal', 'The result is missing from the library.');
  const metadata = context.flags['no-metadata'] === true ? null : metadataFor(studio.generations, [generation.id], 'CLI');
  const options = { format, quality: 92, lossless: false, background: '#ffffff' };
  await writeFile(out, await encodePicture(studio.assets.filePath(result.hash), image, options, metadata));
  for (const note of generation.notes) output.remark(note);
  output.result(`${out}  (${duration(generation.timings?.totalMs ?? 0)} on ${generation.backend ?? '?'})`, {
    type: 'result',
    out,
    generationId: generation.id,
    pack: generation.pack.id,
    seed: generation.request.seed,
    backend: generation.backend,
    image: result.hash,
    timings: generation.timings,
    notes: generation.notes,
  });
}

function parameters(context: CommandContext): Record<string, number | boolean> {
  const given: Record<string, number | boolean> = {};
  for (const info of pipelineInfos.inpaint.parameters) {
    const flag = kebab(info.name);
    const text = textFlag(context, flag);
    if (text === undefined) continue;
    if (info.kind === 'boolean') {
      if (text !== 'true' && text !== 'false') throw new AppError('invalid-request', `--${flag} is true or false.`);
      given[info.name] = text === 'true';
    } else {
      const value = numberFlag(context, flag) ?? info.default;
      if (value < info.min || value > info.max) {
        throw new AppError('invalid-request', `--${flag} lies between ${String(info.min)} and ${String(info.max)}.`);
      }
      given[info.name] = value;
    }
  }
  return given;
}

/** The studio consumes what it imports, so it is given a copy of the user's file. */
async function importFile(studio: StudioCore, file: string): Promise<Size & { hash: AssetHash }> {
  await access(file).catch((error: unknown) => {
    throw new AppError('not-found', `There is no readable file at ${file}.`, { cause: error });
  });
  const copy = studio.assets.temporaryFile(extname(file));
  await copyFile(file, copy);
  const { image, width, height } = await studio.images.importPicture(copy, basename(file));
  return { hash: image.hash, width, height };
}

async function importMask(studio: StudioCore, file: string, image: Size): Promise<AssetHash> {
  const picture = await importFile(studio, file);
  if (picture.width !== image.width || picture.height !== image.height) {
    throw new AppError(
      'invalid-request',
      `The mask has ${String(picture.width)}×${String(picture.height)} pixels, the photo ${String(image.width)}×${String(image.height)}.`,
      { action: 'Make the mask as large as the photo.' },
    );
  }
  const grey = await sharp(studio.assets.filePath(picture.hash)).flatten({ background: '#000' }).greyscale().raw().toBuffer();
  return (await studio.images.storePixels(grey, image, 1)).hash;
}

/** Follows a job to its end, showing how far it is; Ctrl+C cancels it. */
async function finished({ studio, output, signal }: CommandContext, id: JobId): Promise<Job> {
  const job = await new Promise<Job>((resolveJob, reject) => {
    const settle = (changed: Job): void => {
      if (changed.id !== id) return;
      if (changed.status.state === 'running') output.progress(changed.status.progress);
      if (changed.status.state === 'queued' || changed.status.state === 'running') return;
      unsubscribe();
      resolveJob(changed);
    };
    const unsubscribe = studio.events.subscribe((event) => {
      if (event.type === 'job.changed') settle(event.job);
    });
    const cancel = (): void => void studio.router.call('jobs.cancel', { id }).catch(reject);
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    // It may have ended before this was listening.
    studio.router.call('jobs.list', undefined).then(({ jobs }) => jobs.forEach(settle), reject);
  });
  if (job.status.state === 'failed') throw AppError.fromWire(job.status.error);
  if (job.status.state !== 'succeeded') throw new AppError('cancelled', 'Cancelled.');
  return job;
}
