/**
 * The tiny packs as the studio has them: recognised by its importer, run by the inference process's own job runner on real
 * sessions, over files. What is watched are the values that go into the graphs.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePng } from '../../../electron/inference/image-codec.ts';
import { runJob } from '../../../electron/inference/run-job.ts';
import { nodeRuntime } from '../../../electron/inference/runtimes/node-runtime.ts';
import type { OnnxRuntime } from '../../../electron/inference/runtimes/runtime.ts';
import { SessionCache } from '../../../electron/inference/session-cache.ts';
import { readConfigs } from '../../../electron/services/packs/diffusers/configs.ts';
import { findLayout } from '../../../electron/services/packs/diffusers/layout.ts';
import { planDiffusers } from '../../../electron/services/packs/diffusers/plan.ts';
import { recogniseDiffusers } from '../../../electron/services/packs/diffusers/recognise.ts';
import { packHashOf } from '../../../electron/services/packs/pack-files.ts';
import { listSourceFiles } from '../../../electron/services/packs/source-files.ts';
import { graphSignatureSchema, type GraphSignature, type PackOnDisk, type RunResult } from '../../../shared/contract/inference.ts';
import type { Backend } from '../../../shared/domain/backend.ts';
import type { DiffusionConvention } from '../../../shared/domain/diffusion-convention.ts';
import { generationRequestSchema } from '../../../shared/domain/generation.ts';
import { packManifestSchema } from '../../../shared/domain/pack-manifest.ts';
import { fromHalf } from '../../core/float16.ts';
import type { PixelImage } from '../../pipeline.ts';
import { pipelines } from '../../registry.ts';
import type { TensorValue } from '../../runtime.ts';

/** What a graph is about to be given; what comes back is given instead. */
export type Tamper = (part: string, feeds: Readonly<Record<string, TensorValue>>) => Record<string, TensorValue>;

export interface TinyPack extends PackOnDisk {
  convention: DiffusionConvention;
}

export interface TinyRun {
  /** The latents that were decoded, as the denoiser knows them, [channels, height, width]. */
  latents: Float32Array;
  /** Mean absolute value of the latents in each run of the UNet, first item, mask channels left out. */
  unetInputs: number[];
  unetWork: UnetWork;
  result: RunResult;
}

/**
 * CPU time from the first run of the UNet to the end of the last, in milliseconds: unlike the clock it does not depend on what else
 * the machine does.
 */
export interface UnetWork {
  /** Of all threads, within the UNet's session. */
  withinMs: number;
  /** Of the thread that runs the pipeline, between two runs of the UNet. */
  betweenMs: number;
}

export interface TinyRunOptions {
  params: Readonly<Record<string, unknown>>;
  seed: number;
  inputs?: Readonly<Record<string, PixelImage>>;
  tamper?: Tamper;
}

interface Seen {
  decoded: TensorValue | null;
  unetInputs: number[];
  unetWork: UnetWork;
  /** The thread's CPU time when the UNet's latest run ended; null before the first. */
  unetEndedMs: number | null;
}

const folders = fileURLToPath(new URL('packs', import.meta.url));
const overlays: Readonly<Record<string, string>> = { 'sdxl-turbo': 'sdxl' };

export class TinyPacks {
  readonly #work = mkdtempSync(join(tmpdir(), 'kiln-tiny-packs-'));
  readonly #sessions: SessionCache;
  readonly #runtime: OnnxRuntime;
  readonly #packs = new Map<string, Promise<TinyPack>>();
  #runs = 0;
  #tamper: Tamper | null = null;
  #seen: Seen = { decoded: null, unetInputs: [], unetWork: { withinMs: 0, betweenMs: 0 }, unetEndedMs: null };

  constructor(runtime: OnnxRuntime) {
    this.#runtime = runtime;
    this.#sessions = new SessionCache(() => Promise.resolve({ ...runtime, open: async (file) => this.#watched(file) }));
  }

  async close(): Promise<void> {
    await this.#sessions.releaseIdle();
    rmSync(this.#work, { recursive: true, force: true });
  }

  /** A folder of packs/, a name of packs/variants/, or the path of a folder. */
  open(name: string): Promise<TinyPack> {
    const known = this.#packs.get(name) ?? this.#recognised(name);
    this.#packs.set(name, known);
    return known;
  }

  async #recognised(name: string): Promise<TinyPack> {
    let folder = resolve(folders, name);
    const base = overlays[name];
    if (base !== undefined) {
      folder = join(this.#work, name);
      cpSync(join(folders, base), folder, { recursive: true });
      cpSync(join(folders, 'variants', name), folder, { recursive: true });
    }
    const layout = findLayout(await listSourceFiles(folder));
    if (layout === null) throw new Error(`${name} was not recognised.`);
    const configs = await readConfigs(layout);
    const convention = await recogniseDiffusers({
      root: folder,
      layout,
      configs,
      sourceName: name,
      openAll: (graphs) => Promise.all(graphs.map(signatureOf)),
    });
    const files = (await planDiffusers(layout, configs)).map(({ path, file, sizeBytes }) => ({
      path,
      sizeBytes,
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    }));
    const manifest = packManifestSchema.parse({
      formatVersion: 1,
      id: basename(name),
      name: basename(name),
      version: '1.0.0',
      task: 'diffusion',
      family: 'diffusion',
      licence: null,
      model: convention.parts.denoiser,
      files,
      convention,
    });
    return { manifest, convention, folder, packHash: packHashOf(manifest) };
  }

  async #watched(file: string): ReturnType<OnnxRuntime['open']> {
    const session = await this.#runtime.open(file);
    const part = file.split(sep).at(-2) ?? '';
    return {
      ...session,
      run: async (feeds) => {
        if (part === 'vae_decoder') this.#seen.decoded = Object.values(feeds)[0] ?? null;
        if (part !== 'unet') return session.run(this.#tamper?.(part, feeds) ?? feeds);
        // Watching is no part of what is timed.
        const watchedFrom = threadMs();
        this.#seen.unetInputs.push(meanOfLatents(feeds['sample']));
        const watchingMs = threadMs() - watchedFrom;
        const { unetWork, unetEndedMs } = this.#seen;
        if (unetEndedMs !== null) unetWork.betweenMs += threadMs() - unetEndedMs - watchingMs;
        const from = process.cpuUsage();
        const outputs = await session.run(this.#tamper?.(part, feeds) ?? feeds);
        const { user, system } = process.cpuUsage(from);
        unetWork.withinMs += (user + system) / 1000;
        this.#seen.unetEndedMs = threadMs();
        return outputs;
      },
    };
  }

  /** One job, as the inference process runs it. */
  async run(
    name: string,
    { params, seed, inputs = {}, tamper }: TinyRunOptions,
    backend: Backend = this.#runtime.backend,
  ): Promise<TinyRun> {
    const pack = await this.open(name);
    this.#runs += 1;
    const workFolder = join(this.#work, `run-${String(this.#runs)}`);
    const inputFiles: Record<string, string> = {};
    for (const [role, image] of Object.entries(inputs)) {
      inputFiles[role] = join(this.#work, `input-${String(this.#runs)}-${role}.png`);
      await encodePng(image, inputFiles[role]);
    }
    const request = generationRequestSchema.parse({
      kind: 'diffusion',
      projectId: null,
      packId: pack.manifest.id,
      seed,
      backend,
      placement: null,
      parentId: null,
      inputs: Object.fromEntries(Object.keys(inputs).map((role) => [role, 'a'.repeat(64)])),
      params,
    });
    this.#tamper = tamper ?? null;
    const seen: Seen = { decoded: null, unetInputs: [], unetWork: { withinMs: 0, betweenMs: 0 }, unetEndedMs: null };
    this.#seen = seen;
    const result = await runJob(
      {
        type: 'run',
        runId: `run-${String(this.#runs)}`,
        request,
        inputFiles,
        pack: { manifest: pack.manifest, folder: pack.folder, packHash: pack.packHash },
        addOns: [],
        resumeFile: null,
        backends: [backend],
        workFolder,
        sessionMemoryBytes: 4 * 1024 ** 3,
      },
      pipelines,
      this.#sessions,
      new AbortController().signal,
      { progress: () => undefined, preview: () => undefined },
    );
    if (seen.decoded === null) throw new Error('Nothing was decoded.');
    const values = floats(seen.decoded);
    return {
      latents: values.map((value) => value * pack.convention.vae.scalingFactor),
      unetInputs: seen.unetInputs,
      unetWork: seen.unetWork,
      result,
    };
  }
}

async function signatureOf(file: string): Promise<GraphSignature> {
  // As the importer does: on the CPU.
  const session = await nodeRuntime('cpu').open(file);
  const { inputs, outputs } = session;
  await session.release();
  return graphSignatureSchema.parse({ inputs, outputs });
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const floats = ({ type, data }: TensorValue): Float32Array =>
  type === 'float16' ? fromHalf(data as Uint16Array) : Float32Array.from(data as Float32Array);

function meanOfLatents(sample: TensorValue | undefined): number {
  if (sample === undefined) throw new Error('The UNet was given no sample.');
  const [, , height = 0, width = 0] = sample.dims;
  const latents = floats(sample).subarray(0, 4 * height * width);
  return latents.reduce((sum, value) => sum + Math.abs(value), 0) / latents.length;
}
