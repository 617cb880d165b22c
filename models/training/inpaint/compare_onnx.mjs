// Run model.onnx in onnxruntime-node against inputs saved by check_onnx.py.
// usage: node compare_onnx.mjs <model.onnx> <folder with HxW.bin, written by check_onnx.py>
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ort from 'onnxruntime-node';

const [model, folder] = process.argv.slice(2);
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 2, logSeverityLevel: 3 });
let bad = 0;
for (const name of readdirSync(folder).filter((n) => n.endsWith('.bin'))) {
  const [h, w] = name.replace('.bin', '').split('x').map(Number);
  const raw = readFileSync(join(folder, name));
  const all = new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
  const n = h * w;
  const image = new ort.Tensor('float32', all.slice(0, 3 * n), [1, 3, h, w]);
  const mask = new ort.Tensor('float32', all.slice(3 * n, 4 * n), [1, 1, h, w]);
  const want = all.subarray(4 * n, 7 * n);
  await session.run({ image, mask });
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { output } = await session.run({ image, mask });
  const wall = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const again = (await session.run({ image, mask })).output.data;
  let worst = 0, known = 0, differs = 0;
  output.data.forEach((v, i) => {
    worst = Math.max(worst, Math.abs(v - want[i]));
    if (mask.data[i % n] === 0) known = Math.max(known, Math.abs(v - image.data[i]));
    if (again[i] !== v) differs++;
  });
  if (worst > 0.02 || known > 0 || differs) bad = 1;
  console.log(`${h}x${w} dims=${output.dims} max|onnx-torch|=${worst.toExponential(2)} known=${known} nondeterministic=${differs} cpu=${((used.user + used.system) / 1e6).toFixed(2)}s wall=${wall.toFixed(2)}s`);
}
process.exit(bad);
