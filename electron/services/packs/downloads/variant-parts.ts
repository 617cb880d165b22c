/** Names of a repository's files, and variants put together from them. */
import type { DownloadVariant, RemoteFile } from '../../../../shared/domain/download.ts';
import type { RepositoryFile } from './hub-api.ts';

const format = /[._-](fp32|fp16|f16|bf16|fp8|int8|uint8|q8|q4f16|q4|int4|uint4|bnb4|quantized|quant|optimized)$/i;

export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const stemOf = (path: string): string => nameOf(path).replace(/\.onnx$/i, '');
export const formatOf = (path: string): string => (format.exec(stemOf(path))?.[1] ?? '').toLowerCase();

export const isGraph = (path: string): boolean => /\.onnx$/i.test(path);

export const wordFile = /\.(json|txt|md|model|yaml)$/i;

export const remote = ({ path, sizeBytes, digest }: RepositoryFile, target: string): RemoteFile => ({ path, target, sizeBytes, digest });

export function variant(kind: DownloadVariant['kind'], id: string, label: string, files: RemoteFile[]): DownloadVariant {
  return { id: id.slice(0, 300), kind, label: label.slice(0, 300), files, sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0) };
}
