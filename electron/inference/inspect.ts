/** Opens a stranger's graph on the CPU, reads its signature and, with a convention, tries it on a test image. */
import type { GraphSignature } from '../../shared/contract/inference.ts';
import type { Size } from '../../shared/domain/geometry.ts';
import type { PackConvention } from '../../shared/domain/pack-manifest.ts';
import { fromHalf } from '../../models/core/float16.ts';
import type { TensorValue } from '../../models/runtime.ts';
import { trialOf } from '../../models/trials.ts';
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
    const trial = convention === null ? null : trialOf(convention);
    if (trial === null) return { signature, trial: null };
    let minimum = Infinity;
    let maximum = -Infinity;
    // Raw output values, before the convention's range is applied: they tell 0..1 from 0..255.
    const watched = {
      ...session,
      run: async (feeds: Parameters<typeof session.run>[0]) => {
        const outputs = await session.run(feeds);
        for (const value of rawValues(outputs[trial.output])) {
          minimum = Math.min(minimum, value);
          maximum = Math.max(maximum, value);
        }
        return outputs;
      },
    };
    const { width, height } = await trial.run(watched);
    return { signature, trial: { minimum, maximum, outputSize: { width, height } } };
  } finally {
    await session.release();
  }
}

function* rawValues(value: TensorValue | undefined): Iterable<number> {
  if (value === undefined) return;
  if (value.type === 'float16' && value.data instanceof Uint16Array) yield* fromHalf(value.data);
  else for (const element of value.data) yield Number(element);
}
