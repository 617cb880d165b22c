/** Trying a pack out, and measuring it: outside queue and history. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handlers } from '../../../shared/contract/calls.ts';
import type { packTestCalls } from '../../../shared/contract/calls/pack-test-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { RunResult } from '../../../shared/contract/inference.ts';
import type { Backend } from '../../../shared/domain/backend.ts';
import { isMusicKind, inputsOfRequest, type GenerationRequest } from '../../../shared/domain/generation.ts';
import type { AssetHash, PackId } from '../../../shared/domain/ids.ts';
import { packBenchmarkSchema, type PackBenchmark } from '../../../shared/domain/pack-benchmark.ts';
import { selfTestRequest, selfTestSidePx, testMask, testPicture, testStyle } from '../../../shared/domain/self-test.ts';
import type { KeyValues } from '../database/key-values.ts';
import type { AssetStore, ImageService, InferenceService, PackService, ResolvedPack } from '../service-types.ts';

export interface PackTestServices {
  packs: Pick<PackService, 'resolve' | 'requireLicence'>;
  inference: Pick<InferenceService, 'run' | 'probes'>;
  images: Pick<ImageService, 'storePixels'>;
  assets: Pick<AssetStore, 'filePath'>;
  memory: KeyValues;
  workFolder: string;
}

export function packTestHandlers({
  packs,
  inference,
  images,
  assets,
  memory,
  workFolder,
}: PackTestServices): Handlers<keyof typeof packTestCalls> {
  const running = new Map<PackId, AbortController>();
  const keyOf = ({ packHash }: ResolvedPack): string => `packs.benchmark.${packHash}`;

  async function requestFor({ manifest }: ResolvedPack): Promise<GenerationRequest | null> {
    const side = selfTestSidePx(manifest);
    const size = { width: side, height: side };
    const store = async (pixels: Uint8Array, channels: 1 | 4): Promise<AssetHash> =>
      (await images.storePixels(pixels, size, channels)).hash;
    return selfTestRequest(manifest, {
      picture: await store(testPicture(side), 4),
      style: await store(testStyle(side), 4),
      mask: await store(testMask(side), 1),
    });
  }

  async function once(pack: ResolvedPack, request: GenerationRequest, backend: Backend, signal: AbortSignal): Promise<RunResult> {
    const folder = await mkdtemp(join(workFolder, 'benchmark-'));
    try {
      const inputFiles = Object.fromEntries(Object.entries(inputsOfRequest(request)).map(([role, hash]) => [role, assets.filePath(hash)]));
      const job = { request, inputFiles, pack, addOns: [], resumeFile: null, backends: [backend], workFolder: folder };
      return await inference.run(job, { onProgress: () => undefined, onPreview: () => undefined }, signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function measure(pack: ResolvedPack, request: GenerationRequest, signal: AbortSignal): Promise<PackBenchmark> {
    const probes = await inference.probes({ again: false });
    const results: PackBenchmark['results'] = [];
    for (const { backend, usable } of probes) {
      if (!usable) continue;
      try {
        const first = await once(pack, request, backend, signal);
        const second = await once(pack, request, backend, signal);
        const loadMs = Math.max(0, (first.phasesMs['load'] ?? 0) - (second.phasesMs['load'] ?? 0));
        results.push({ worked: true, backend, msPerUnit: second.totalMs / unitsOf(request, second), totalMs: second.totalMs, loadMs });
      } catch (error) {
        if (signal.aborted) throw new AppError('cancelled', 'The measurement was stopped.', { cause: error });
        results.push({ worked: false, backend, reason: error instanceof AppError ? error.message : 'It failed inside Kiln.' });
      }
    }
    return { measuredAtMs: Date.now(), unit: unitOf(request), results };
  }

  return {
    'packs.selfTestRequest': ({ id }) => requestFor(packs.resolve(id)),
    'packs.benchmark': async ({ id }) => {
      packs.requireLicence(id);
      if (running.has(id)) throw new AppError('conflict', 'This model is being measured already.');
      const pack = packs.resolve(id);
      const controller = new AbortController();
      running.set(id, controller);
      try {
        const request = await requestFor(pack);
        if (request === null)
          throw new AppError('unsupported', 'An add-on does nothing by itself.', { action: 'Measure the model it is for.' });
        const benchmark = await measure(pack, request, controller.signal);
        memory.set(keyOf(pack), benchmark);
        return benchmark;
      } finally {
        running.delete(id);
      }
    },
    'packs.cancelBenchmark': ({ id }) => running.get(id)?.abort(),
    'packs.benchmarkResult': ({ id }) => memory.get(keyOf(packs.resolve(id)), packBenchmarkSchema),
  };
}

const unitOf = ({ kind }: GenerationRequest): PackBenchmark['unit'] =>
  kind === 'diffusion' ? 'step' : kind === 'palette' || isMusicKind(kind) ? 'run' : 'megapixel';

function unitsOf(request: GenerationRequest, { outputs }: RunResult): number {
  if (request.kind === 'diffusion') return request.params.steps;
  if (unitOf(request) === 'run') return 1;
  const image = outputs.find(({ role }) => role === 'image') ?? outputs[0];
  return image?.size == null ? 1 : (image.size.width * image.size.height) / 1_000_000;
}
