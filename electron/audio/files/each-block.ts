/** Goes through a sound without holding up the process: others get their turn between blocks, and a run can be ended. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../../shared/contract/errors.ts';

export interface EncodeRun {
  signal?: AbortSignal;
  /** From 0 to 1, after each block. */
  onProgress?: (share: number) => void;
}

/** @throws AppError cancelled */
export async function eachBlock(
  blocks: Iterable<readonly Float32Array[]>,
  frames: number,
  run: EncodeRun,
  use: (block: readonly Float32Array[]) => void,
): Promise<void> {
  let done = 0;
  for (const block of blocks) {
    if (run.signal?.aborted === true) throw new AppError('cancelled', 'The export was cancelled.');
    use(block);
    done += block[0]?.length ?? 0;
    run.onProgress?.(Math.min(1, done / frames));
    await setImmediate();
  }
}
