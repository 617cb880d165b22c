/** One ONNX graph without a manifest: what it is for is told from its signature and a trial. */
import { basename, extname, join } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packManifestSchema, type PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { refuseLfsPointer } from './lfs-pointer.ts';
import { recognise } from './recognise.ts';
import { freeId, listedFiles, requireOwnExternalData, type Staging } from './staging.ts';
import { firstThatWorks } from './try-convention.ts';

/** @throws pack-invalid, conflict, model-mismatch, model-output-invalid */
export async function recognisedGraph({ options, source, root, bring, licence }: Staging): Promise<PackManifest> {
  const models = source.files.filter(({ path }) => !path.includes('/') && extname(path).toLowerCase() === '.onnx');
  const [model] = models;
  if (model === undefined || models.length > 1) {
    throw new AppError(
      'pack-invalid',
      models.length === 0 ? 'There is no .onnx model in it.' : 'There are several .onnx models in it and no kiln.json.',
      {
        action: 'Import a single model, or a pack with a kiln.json.',
      },
    );
  }
  await refuseLfsPointer(model.file, model.path);
  // A graph that came as one file is called alike in every pack; beside others its name may be what they refer to.
  const to = source.files.length === 1 ? 'model.onnx' : model.path;
  const hashes = await bring(source.files.map((from) => ({ from, to: from === model ? to : from.path })));
  options.onProgress('check', 0);
  const external = await requireOwnExternalData(root, to);
  const twin = options.installedModels.get(hashes.get(to) ?? '');
  if (twin !== undefined) {
    throw new AppError('conflict', `This model is installed already, as "${twin}".`, {
      action: 'Remove that one first to import it anew.',
    });
  }
  const file = join(root, to);
  const { signature } = await options.inference.inspect(file, null);
  const convention = await firstThatWorks(file, recognise(signature), options.inference);
  const title = (options.name ?? basename(source.name, extname(source.name))).slice(0, 100) || 'Imported model';
  return packManifestSchema.parse({
    formatVersion: 1,
    id: freeId(title, options.takenIds),
    name: title,
    version: '1.0.0',
    description: '',
    task: convention.task,
    family: 'other',
    licence: await licence(),
    source: source.name,
    model: to,
    files: await listedFiles(root, new Map([...hashes].filter(([path]) => path === to || external.includes(path)))),
    convention,
  });
}
