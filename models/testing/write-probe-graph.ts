/** `node models/testing/write-probe-graph.ts` renews the graph that backends are probed with. */
import { writeFileSync } from 'node:fs';
import { probeGraph } from './graphs.ts';

writeFileSync(new URL('../../electron/inference/probe/probe-graph.onnx', import.meta.url), probeGraph());
