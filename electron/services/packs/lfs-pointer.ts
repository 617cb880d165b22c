/** Git LFS leaves a text of three lines in place of a file that was not fetched: the commonest broken download. */
import { open, stat } from 'node:fs/promises';
import { AppError } from '../../../shared/contract/errors.ts';

const largestPointerBytes = 1024;
const firstLine = 'version https://git-lfs.github.com/spec/';

/** @throws pack-invalid when the file is such a pointer; `name` is what the user knows it by */
export async function refuseLfsPointer(file: string, name: string): Promise<void> {
  if ((await stat(file)).size > largestPointerBytes) return;
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLine.length), 0, firstLine.length, 0);
    if (buffer.subarray(0, bytesRead).toString('latin1') !== firstLine) return;
  } finally {
    await handle.close();
  }
  throw new AppError('pack-invalid', `"${name}" is a Git LFS pointer: it names the file, but the file itself was not downloaded.`, {
    action: 'Fetch it with "git lfs pull" in that folder, or download the file itself.',
  });
}
