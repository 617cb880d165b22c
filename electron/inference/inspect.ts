/** Opens a stranger's graph on the CPU, reads its signature and, with a convention, tries it on a test image. */
import type { GraphSignature } from '../../shared/contract/inference.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import type { PackConvention } from '../../shared/domain/pack-manifest.ts';
import { runInpainter } from '../../models/components/inpainter.ts';
import { newPlanes } from '../../models/core/planes.ts';
import type { OnnxRuntime } from './runtimes/runtime.ts';

export interface Inspection {
  signature: GraphSignature;
  trial: { minimum: number; maximum: number; outputSize: Size } | null;
}

export async function inspectModel(modelFile: string, convention: PackConvention | null, runtime: OnnxRuntime): Promise<Inspection> {
  const session = await runtime.open(modelFile);
  try {
    const copy = (values: typeof session.inputs): GraphSignature['inputs'] =>
      values.map(({ name, type, dimensions }) => ({ name, type, dimensions: [...dimensions] }));
    const signature = { inputs: copy(session.inputs), outputs: copy(session.outputs) };
    if (convention === null) return { signature, trial: null };

    const side = Math.min(convention.modelSize, 256);
    const picture = newPlanes({ width: side, height: side }, 3);
    const hole = newPlanes(picture, 1);
    for (let y = 0; y < side; y += 1) {
      for (let x = 0; x < side; x += 1) {
        const index = y * side + x;
        picture.data[index] = x / side;
        picture.data[side * side + index] = y / side;
        picture.data[2 * side * side + index] = 0.5;
        if (Math.abs(x - side / 2) < side / 8 && Math.abs(y - side / 2) < side / 8) hole.data[index] = 1;
      }
    }
    let minimum = Infinity;
    let maximum = -Infinity;
    // Raw output values, before the convention's range is applied: they tell 0..1 from 0..255.
    const watched = {
      ...session,
      run: async (feeds: Parameters<typeof session.run>[0]) => {
        const outputs = await session.run(feeds);
        for (const value of outputs[convention.output]?.data ?? []) {
          minimum = Math.min(minimum, Number(value));
          maximum = Math.max(maximum, Number(value));
        }
        return outputs;
      },
    };
    const outputSize = await runInpainter(watched, convention, picture, hole);
    return { signature, trial: { minimum, maximum, outputSize: { width: outputSize.width, height: outputSize.height } } };
  } finally {
    await session.release();
  }
}
