/**
 * Trying a stranger's graph on a small test picture before it becomes a pack. One row a task; tasks whose packs hold
 * several graphs have none, because such packs come with their own manifest.
 */
import type { Size } from '../shared/domain/geometry.ts';
import type { InpaintConvention, PackConvention } from '../shared/domain/pack-manifest.ts';
import { runInpainter } from './components/inpainter.ts';
import { newPlanes, type Planes } from './core/planes.ts';
import { tryStylizer } from './pipelines/stylize/trial.ts';
import { tryUpscaler } from './pipelines/upscale/trial.ts';
import type { ModelSession } from './runtime.ts';

/** Runs the graph once as its convention says and gives the size of its answer. */
export type Trial<Convention> = (session: ModelSession, convention: Convention) => Promise<Size>;

/** A slope in each direction: red grows to the right, green downwards. RGB 0..1. */
export function trialPicture(side: number): Planes {
  const picture = newPlanes({ width: side, height: side }, 3);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const index = y * side + x;
      picture.data[index] = x / side;
      picture.data[side * side + index] = y / side;
      picture.data[2 * side * side + index] = 0.5;
    }
  }
  return picture;
}

const tryInpainter: Trial<InpaintConvention> = (session, convention) => {
  const side = Math.min(convention.modelSize, 256);
  const hole = newPlanes({ width: side, height: side }, 1);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      if (Math.abs(x - side / 2) < side / 8 && Math.abs(y - side / 2) < side / 8) hole.data[y * side + x] = 1;
    }
  }
  return runInpainter(session, convention, trialPicture(side), hole);
};

/** Null: nothing to try. */
export function trialOf(convention: PackConvention): { output: string; run(session: ModelSession): Promise<Size> } | null {
  switch (convention.task) {
    case 'inpaint':
      return { output: convention.output, run: (session) => tryInpainter(session, convention) };
    case 'upscale':
      return { output: convention.output, run: (session) => tryUpscaler(session, convention) };
    case 'stylize':
      if (convention.kind === 'statistics') return null;
      return {
        output: convention.output,
        run: (session) => tryStylizer(session, convention, trialPicture(convention.fixedSize?.width ?? 128)),
      };
    case 'palette':
    case 'texture':
    case 'diffusion':
    case 'score':
    case 'sound':
    case 'audio':
    case 'lora':
    case 'embedding':
      return null;
  }
}
