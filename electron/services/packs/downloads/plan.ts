/** From a repository's name to what can be downloaded. */
import { statfs } from 'node:fs/promises';
import { AppError } from '../../../../shared/contract/errors.ts';
import type { DownloadPlan } from '../../../../shared/domain/download.ts';
import { licenceKindOf } from '../../../../shared/domain/licence.ts';
import { variantsOf } from './choose-files.ts';
import type { HubApi, Repository } from './hub-api.ts';

const largestLicenceBytes = 256 * 1024;

/** Bytes that a user's file may take there; null when the system does not say. */
export async function freeDiskBytes(folder: string): Promise<number | null> {
  const found = await statfs(folder).catch(() => null);
  return found === null ? null : found.bavail * found.bsize;
}

export async function planDownload(
  hub: HubApi,
  name: string,
  revision: string,
  folder: string,
  signal: AbortSignal,
): Promise<DownloadPlan> {
  const repository = await hub.repository(name, revision, signal);
  const variants = variantsOf(repository.files, repository.tags).slice(0, 200);
  if (variants.length === 0) throw nothingForKiln(name, repository);
  return {
    repository: name,
    commit: repository.commit,
    variants,
    licence: {
      name: repository.licence,
      kind: licenceKindOf(repository.licence),
      text: await licenceText(hub, name, repository, signal),
      link: repository.licenceLink,
    },
    gated: repository.gated,
    page: hub.page(name),
    freeDiskBytes: await freeDiskBytes(folder),
  };
}

async function licenceText(hub: HubApi, name: string, { commit, files }: Repository, signal: AbortSignal): Promise<string | null> {
  const file = files.find(({ path }) => /^(licen[cs]e|copying)([._-][^/]*)?$/i.test(path) && !/\.(pdf|html)$/i.test(path));
  if (file === undefined) return null;
  return hub.words(name, commit, file, largestLicenceBytes, signal).catch((error: unknown) => {
    // Gated repositories show their list to anybody, their files to few.
    if (error instanceof AppError && error.code === 'unauthorised') return null;
    throw error;
  });
}

function nothingForKiln(name: string, { files }: Repository): AppError {
  const has = (pattern: RegExp): boolean => files.some(({ path }) => pattern.test(path));
  if (has(/\.(safetensors|ckpt|bin|pt|pth)$/i)) {
    return new AppError('unsupported', `"${name}" holds weights for PyTorch only, no ONNX graphs.`, {
      action: 'Look for an ONNX export of it (its name often ends in "-onnx"), or export it with Optimum.',
    });
  }
  return new AppError('unsupported', `"${name}" holds no ONNX model.`, {
    action: 'Check the name, or the revision: exports are often on a branch named "onnx".',
  });
}
