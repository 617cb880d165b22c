/** States that runs go on from: one file a job, kept until the job has succeeded or left the queue. */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { jobIdSchema, type JobId } from '../../../shared/domain/ids.ts';

const extension = '.state';

export const resumeFile = (folder: string, id: JobId): string => join(folder, `${id}${extension}`);

export async function forgetResume(folder: string, id: JobId): Promise<void> {
  await rm(resumeFile(folder, id), { force: true }).catch(() => undefined);
}

/** Removes the states of jobs that are gone, and what an interrupted write left behind. Nothing may run meanwhile. */
export async function sweepResumeFiles(folder: string, exists: (id: JobId) => boolean): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const id = jobIdSchema.safeParse(basename(name, extension));
    if (name.endsWith(extension) && id.success && exists(id.data)) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}
