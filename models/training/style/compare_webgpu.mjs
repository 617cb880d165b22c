// Each graph of the pack on WebGPU against the CPU, with a small input. On a machine without a GPU:
// VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json LD_LIBRARY_PATH=/usr/lib/chromium node compare_webgpu.mjs
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';

const folder = new URL('../../packs/kiln-style/', import.meta.url);
let state = 7;
const random = () => ((state = (state * 1664525 + 1013904223) >>> 0), state / 2 ** 32);
const tensor = (dims, from = -1, to = 1) =>
  new ort.Tensor('float32', Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => from + (to - from) * random()), dims);
const [c, h, w, n, p] = [128, 16, 24, 40, 300];
const map = tensor([c, c], -0.05, 0.05);
for (let i = 0; i < c; i += 1) map.data[i * c + i] += 1;
const places = new ort.Tensor('int32', Int32Array.from({ length: 4 * h * w }, () => Math.floor(random() * p)), [4, h * w]);
const inputs = {
  'encoder.onnx': { image: tensor([1, 3, 64, 96], 0, 1) },
  'matcher.onnx': {
    features: tensor([1, c, h, w]),
    mean: tensor([1, c, 1, 1], -0.2, 0.2),
    deviation: tensor([1, c, 1, 1], 0.4, 1),
    map,
    patches: tensor([n, c, 3, 3]),
    styleMean: tensor([1, c, 1, 1], -0.2, 0.2),
    styleDeviation: tensor([1, c, 1, 1], 0.4, 1),
    analogy: new ort.Tensor('float32', Float32Array.of(0.35), [1]),
  },
  'decoder.onnx': {
    features: tensor([1, c, h, w]),
    fine: tensor([p, c], -0.5, 0.5),
    places,
    weights: tensor([4, h * w, 1], 0, 0.7),
    brushwork: new ort.Tensor('float32', Float32Array.of(0.6), [1]),
  },
};
for (const [file, feeds] of Object.entries(inputs)) {
  const path = fileURLToPath(new URL(file, folder));
  const results = [];
  for (const provider of ['cpu', 'webgpu']) {
    const session = await ort.InferenceSession.create(path, {
      executionProviders: provider === 'cpu' ? ['cpu'] : ['webgpu', 'cpu'],
      logSeverityLevel: 3,
    });
    results.push(Object.values(await session.run(feeds))[0]);
  }
  const [a, b] = results;
  let worst = 0;
  a.data.forEach((value, index) => (worst = Math.max(worst, Math.abs(value - b.data[index]))));
  const largest = a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  console.log(`${file} ${a.dims.join('×')}: largest difference ${worst.toExponential(2)} of values up to ${largest.toFixed(2)}`);
  if (!(worst < 2e-3 * Math.max(1, largest))) process.exitCode = 1;
}
