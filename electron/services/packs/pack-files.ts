/** Pack folders on disk: reading manifests, hashing, checking. Packs are untrusted, so every path is checked before use. */
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/contract/errors.ts';
import { packManifestSchema, type PackManifest } from '../../../shared/domain/pack-manifest.ts';

export const manifestName = 'kiln.json';
const largestManifestBytes = 1_048_576;

/** Throws pack-invalid naming the first field that is wrong. */
export function readManifest(folder: string): PackManifest {
  const file = join(folder, manifestName);
  let text: string;
  try {
    if (lstatSync(file).size > largestManifestBytes) throw new AppError('pack-invalid', 'The manifest kiln.json is far too large.');
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('pack-invalid', 'The pack has no readable kiln.json.', { cause: error });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new AppError('pack-invalid', 'The pack’s kiln.json is not valid JSON.', { cause: error });
  }
  const parsed = packManifestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new AppError('pack-invalid', `The pack’s kiln.json is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}.`);
  }
  if (!parsed.data.files.some((file) => file.path === parsed.data.model)) {
    throw new AppError('pack-invalid', 'The pack’s kiln.json does not list its own model among its files.');
  }
  return parsed.data;
}

export async function writeManifest(folder: string, manifest: PackManifest): Promise<void> {
  const unfinished = join(folder, `${manifestName}.part`);
  const handle = await open(unfinished, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, join(folder, manifestName));
}

/** Identifies the weights in generation records: the hashes of all files but the words about them. */
export function packHashOf(manifest: Pick<PackManifest, 'files'>): string {
  const weights = manifest.files.filter((file) => !/\.(md|txt|jpe?g|png|webp)$/i.test(file.path));
  const lines = weights.map((file) => `${file.path}:${file.sha256}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** The cheap check at load: every file is there, a plain file, of the right size. Null when all is well. */
export function problemOf(folder: string, manifest: PackManifest): string | null {
  for (const { path, sizeBytes } of manifest.files) {
    const found = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (found === undefined) return `Its file ${path} is missing.`;
    if (!found.isFile()) return `Its file ${path} is not a plain file.`;
    if (found.size !== sizeBytes) return `Its file ${path} has ${String(found.size)} bytes instead of ${String(sizeBytes)}.`;
  }
  return null;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The dear check: every byte. */
export async function hashProblemOf(folder: string, manifest: PackManifest): Promise<string | null> {
  const problem = problemOf(folder, manifest);
  if (problem !== null) return problem;
  for (const { path, sha256 } of manifest.files) {
    if ((await sha256Of(join(folder, path))) !== sha256) return `Its file ${path} is not the one the manifest describes.`;
  }
  return null;
}
