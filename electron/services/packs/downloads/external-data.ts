/** Weights a graph keeps in other files: known for certain only once the graph itself is here. */
import { dirname, join, posix } from 'node:path';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { RemoteFile } from '../../../../shared/domain/download.ts';
import { packPathSchema } from '../../../../shared/domain/pack-path.ts';
import { readOnnxStructure } from '../onnx-structure.ts';
import type { RepositoryFile } from './hub-api.ts';

/**
 * What the graphs among `files` name and the list lacks.
 * @param listing asked only when something is lacking
 * @throws pack-invalid when the repository does not have it either, or a graph is no graph
 */
export async function missingExternalData(
  folder: string,
  files: readonly RemoteFile[],
  listing: () => Promise<readonly RepositoryFile[]>,
): Promise<RemoteFile[]> {
  const have = new Set(files.map(({ target }) => target));
  const missing: RemoteFile[] = [];
  for (const graph of files) {
    if (!/\.onnx$/i.test(graph.target)) continue;
    const { externalFiles } = await readOnnxStructure(join(folder, graph.target));
    for (const name of externalFiles) {
      const target = posix.join(dirname(graph.target), name);
      if (have.has(target)) continue;
      const path = posix.join(dirname(graph.path), name);
      const found = (await listing()).find((file) => file.path === path);
      if (found === undefined || !packPathSchema.safeParse(target).success) {
        throw new AppError('pack-invalid', `${graph.target} keeps its weights in "${name}", which the repository does not have.`, {
          action: 'Choose another variant: this one was published incomplete.',
        });
      }
      have.add(target);
      missing.push({ ...found, target });
    }
  }
  return missing;
}
