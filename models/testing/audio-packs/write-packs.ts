/** `node models/testing/audio-packs/write-packs.ts FOLDER` writes every tiny pack below it, to try the app with. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { audioPackFiles, audioPackNames, type PackFiles } from './packs.ts';

export function writeFiles(folder: string, files: PackFiles): void {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

const [, script, target] = process.argv;
if (script !== undefined && import.meta.filename === script && target !== undefined)
  for (const name of audioPackNames) writeFiles(join(target, name), audioPackFiles(name));
