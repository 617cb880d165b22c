/** Runs the probe graph on one backend and compares it with the CPU. Done in a process that may die of it. */
import { fileURLToPath } from 'node:url';
import type { Backend, BackendProbe } from '../../../shared/domain/backend.ts';
import { seededRandom } from '../../../models/core/seeded-random.ts';
import type { OnnxRuntime } from '../runtimes/runtime.ts';

const probeFile = fileURLToPath(new URL('./probe-graph.onnx', import.meta.url));
const largestDifference = 1e-3;
const timedRuns = 5;

export async function probeBackend(backend: Backend, runtimeFor: (backend: Backend) => Promise<OnnxRuntime>): Promise<BackendProbe> {
  const reference = await runProbe(await runtimeFor('cpu').catch(() => runtimeFor('wasm')));
  const probe = { backend, device: null, probedAtMs: Date.now() };
  try {
    const measured = backend === 'cpu' ? reference : await runProbe(await runtimeFor(backend));
    const maxDifference = measured.values.reduce((most, value, index) => {
      const difference = Math.abs(value - (reference.values[index] ?? 0));
      // NaN must count as wrong, so it is turned into the largest difference.
      return Math.max(most, Number.isNaN(difference) ? Infinity : difference);
    }, 0);
    const right = measured.values.length === reference.values.length && maxDifference <= largestDifference;
    return {
      ...probe,
      usable: right,
      reason:
        backend === 'cpu'
          ? 'Works, and is what the others are compared with.'
          : right
            ? 'Gives the same results as the CPU.'
            : 'Gives wrong results: it differs from the CPU.',
      probeMs: measured.medianMs,
      maxDifference: Number.isFinite(maxDifference) ? maxDifference : null,
    };
  } catch (error) {
    const cause = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      ...probe,
      usable: false,
      reason: `Could not run: ${withoutSourceLocation(cause).slice(0, 300)}`,
      probeMs: null,
      maxDifference: null,
    };
  }
}

/** The runtime's errors begin with the place in its source that raised them, which tells a user nothing. */
function withoutSourceLocation(message: string): string {
  return message.replace(/^\/\S+:\d+ .*? (?:was false\.|failed\.) /, '');
}

async function runProbe(runtime: OnnxRuntime): Promise<{ values: Float32Array; medianMs: number }> {
  const session = await runtime.open(probeFile);
  try {
    const random = seededRandom(11);
    const x = { type: 'float32' as const, dims: [1, 3, 32, 32], data: Float32Array.from({ length: 3072 }, random) };
    const times: number[] = [];
    let values = new Float32Array();
    for (let run = 0; run <= timedRuns; run += 1) {
      const from = performance.now();
      const { y } = await session.run({ x });
      // The first run compiles shaders.
      if (run > 0) times.push(performance.now() - from);
      if (!(y?.data instanceof Float32Array)) throw new Error('The probe graph gave no numbers.');
      values = Float32Array.from(y.data);
    }
    times.sort((a, b) => a - b);
    return { values, medianMs: times[timedRuns >> 1] ?? 0 };
  } finally {
    await session.release();
  }
}
