/** One run: decode, pipeline on the first backend that works, encode. Everything it needs is in its arguments. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../shared/contract/errors.ts';
import type { OutputFile, PackOnDisk, RunResult, ToInference } from '../../shared/contract/inference.ts';
import type { Backend } from '../../shared/domain/backend.ts';
import { isPictureRole, type GenerationDetails, type GenerationKind } from '../../shared/domain/generation.ts';
import {
  isPipelineConvention,
  type GraphChanges,
  type Pipeline,
  type PipelineOutput,
  type PixelImage,
  type ResumePoint,
  type TextToAudio,
} from '../../models/pipeline.ts';
import { decodeImage, encodePng } from './image-codec.ts';
import { GraphCache } from './graph-changes/graph-cache.ts';
import { changedGraphFile } from './graph-changes/session-changes.ts';
import { runtimeFor } from './runtimes/runtimes.ts';
import type { SessionCache, SessionLease } from './session-cache.ts';
import type { AudioPackAccess } from './text-to-audio/opened-pack.ts';
import { seededCopy } from './text-to-audio/seeded-session.ts';
import { openTextToAudio } from './text-to-audio/text-to-audio.ts';

export type RunMessage = Extract<ToInference, { type: 'run' }>;

export interface RunEvents {
  progress(phase: string, step: number, steps: number, fraction: number, backend: Backend): void;
  preview(file: string): void;
}

export type PipelineRegistry = { [Kind in GenerationKind]: Pipeline<Kind> };

/** Failures of the request or of the user's will: another backend would give the same. */
const finalCodes: readonly string[] = [
  'cancelled',
  'invalid-request',
  'mask-empty',
  'image-unreadable',
  'image-too-large',
  'image-too-small',
  'unsupported',
  'model-mismatch',
  'pack-missing',
  'pack-invalid',
  'disk-full',
  'read-only',
];

export async function runJob(
  message: RunMessage,
  registry: PipelineRegistry,
  sessions: SessionCache,
  signal: AbortSignal,
  events: RunEvents,
): Promise<RunResult> {
  const startedAt = performance.now();
  const phasesMs: Record<string, number> = {};
  const time = async <Result>(phase: string, work: () => Promise<Result> | Result): Promise<Result> => {
    const from = performance.now();
    try {
      return await work();
    } finally {
      phasesMs[phase] = (phasesMs[phase] ?? 0) + performance.now() - from;
    }
  };
  const { manifest } = message.pack;
  const { convention } = manifest;
  if (!isPipelineConvention(convention) || convention.task !== message.request.kind) {
    throw new AppError('model-mismatch', `"${manifest.name}" is a model for ${manifest.task}, not for ${message.request.kind}.`, {
      action: 'Choose a pack that fits the task.',
    });
  }
  const known = convention;
  await mkdir(message.workFolder, { recursive: true });
  const inputs: Record<string, PixelImage> = {};
  for (const [role, file] of Object.entries(message.inputFiles).filter(([name]) => isPictureRole(name)))
    inputs[role] = await time('decode', () => decodeImage(file, role));
  signal.throwIfAborted();

  const notes: string[] = [];
  const details: GenerationDetails = {};
  const failedBackends: RunResult['failedBackends'] = [];
  let furthest = 0;
  for (const [attempt, backend] of message.backends.entries()) {
    const next = message.backends[attempt + 1];
    try {
      const outputs = await attemptOn(backend);
      return {
        outputs: await time('encode', () => writeOutputs(outputs, message.workFolder)),
        backend,
        totalMs: performance.now() - startedAt,
        phasesMs,
        notes,
        details,
        failedBackends,
      };
    } catch (error) {
      if (signal.aborted) throw new AppError('cancelled', 'The run was cancelled.', { cause: error });
      if (error instanceof AppError && finalCodes.includes(error.code)) throw error;
      const reason = reasonOf(error);
      failedBackends.push({ backend, reason });
      if (next === undefined) throw asRunError(error, backend);
      notes.push(`${backend} could not run this model (${reason}); ${next} was used instead.`);
    }
  }
  throw new AppError('backend-unavailable', 'No backend is left to run this on.', { action: 'Choose another backend in Settings.' });

  /** Only what the manifest lists is opened: a pipeline cannot be talked into reading elsewhere. */
  function fileOf(name: string, pack: PackOnDisk = message.pack): string {
    const listed = pack.manifest.files.some((file) => file.path === name);
    if (!listed) throw new AppError('pack-invalid', `The pack has no file "${name}".`, { action: 'Import the pack again.' });
    return join(pack.folder, name);
  }

  async function fileWith(name: string, changes: GraphChanges, backend: Backend): Promise<string> {
    const file = fileOf(name);
    events.progress('merge', 0, 1, furthest, backend);
    const found = await changedGraphFile(
      { pack: message.pack, name, file, changes, addOn, cpu: () => runtimeFor('cpu') },
      graphCache(message),
    );
    for (const remark of found.notes) if (!notes.includes(remark)) notes.push(remark);
    return found.file ?? file;
  }

  function addOn(packId: string): PackOnDisk {
    const found = message.addOns.find(({ manifest: { id } }) => id === packId);
    if (found === undefined) throw new AppError('pack-missing', `The run was not given the pack "${packId}".`);
    return found;
  }

  async function attemptOn(backend: Backend): Promise<PipelineOutput[]> {
    furthest = 0;
    const leases: { name: string; lease: SessionLease }[] = [];
    const seeded: { lease: SessionLease; drop: () => Promise<void> }[] = [];
    try {
      // The table is typed by kind; TypeScript cannot see that kind and pipeline belong together.
      const pipeline = registry[message.request.kind] as Pipeline<GenerationKind>;
      return await pipeline(inputs, message.request, {
        manifest: message.pack.manifest,
        convention: known,
        async session(name = message.pack.manifest.model, changes) {
          const file = changes === undefined ? fileOf(name) : await time('merge', () => fileWith(name, changes, backend));
          const lease = await time('load', () =>
            sessions.lease({ packHash: message.pack.packHash, file, backend }, message.sessionMemoryBytes),
          );
          leases.push({ name, lease });
          return lease.session;
        },
        letGo(name) {
          for (const held of leases.filter((one) => one.name === name)) {
            leases.splice(leases.indexOf(held), 1);
            held.lease.done();
          }
        },
        addOn(packId) {
          const pack = addOn(packId);
          return { manifest: pack.manifest, bytes: (name) => readFile(fileOf(name, pack)) };
        },
        resume: message.resumeFile === null ? null : resumePoint(message.resumeFile),
        sessionMemoryBytes: message.sessionMemoryBytes,
        signal,
        breathe,
        progress(phase, step, steps, fraction) {
          furthest = Math.max(furthest, fraction);
          events.progress(phase, step, steps, furthest, backend);
        },
        preview(image) {
          const preview = join(message.workFolder, `preview-${randomUUID()}.png`);
          encodePng(image, preview).then(
            () => events.preview(preview),
            () => undefined,
          );
        },
        time,
        inputBytes(role) {
          const file = message.inputFiles[role];
          if (file === undefined) throw new AppError('invalid-request', `The run has no input "${role}".`);
          return readFile(file);
        },
        textToAudio: () => time('load', () => audioModel(backend, leases, seeded)),
        packText: (name) => readFile(fileOf(name), 'utf8'),
        note: (remark) => void notes.push(remark),
        detail: (name, value) => void (details[name] = value),
      });
    } finally {
      for (const { lease } of leases) lease.done();
      for (const { lease, drop } of seeded) await lease.close().finally(drop);
    }
  }

  function audioModel(
    backend: Backend,
    leases: { name: string; lease: SessionLease }[],
    seeded: { lease: SessionLease; drop: () => Promise<void> }[],
  ): Promise<TextToAudio> {
    if (known.task !== 'audio') throw new AppError('model-mismatch', `"${manifest.name}" does not turn words into sound.`);
    const { packHash } = message.pack;
    const access: AudioPackAccess = {
      convention: known,
      has: (file) => manifest.files.some(({ path }) => path === file),
      text: (file) => readFile(fileOf(file), 'utf8'),
      bytes: (file) => readFile(fileOf(file)),
      async session(name, seed) {
        const file = fileOf(name);
        const copy = await seededCopy({ packHash, file }, seed, message.workFolder);
        const lease = await sessions.lease({ packHash, file: copy?.file ?? file, backend }, message.sessionMemoryBytes);
        if (copy === null) leases.push({ name, lease });
        else seeded.push({ lease, drop: copy.drop });
        return lease.session;
      },
    };
    return openTextToAudio(access, { note: (remark) => void notes.push(remark), breathe });
  }
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const graphCaches = new Map<string, GraphCache>();

/** One a folder for the life of the process. */
function graphCache({ graphCacheFolder, workFolder }: RunMessage): GraphCache {
  const folder = graphCacheFolder ?? join(workFolder, 'graphs');
  const known = graphCaches.get(folder) ?? new GraphCache(folder);
  graphCaches.set(folder, known);
  return known;
}

/** The state is replaced whole: a kill leaves the one before. */
function resumePoint(file: string): ResumePoint {
  return {
    saved: () => readFile(file).catch(() => null),
    async save(state) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.part`, state);
      await rename(`${file}.part`, file);
    },
  };
}

async function writeOutputs(outputs: readonly PipelineOutput[], folder: string): Promise<OutputFile[]> {
  const files: OutputFile[] = [];
  const picture = outputs.find((output) => 'image' in output);
  for (const output of outputs) {
    const { role } = output;
    if (!('image' in output)) {
      const file = join(folder, `${role}-${randomUUID()}`);
      await writeFile(file, output.bytes);
      const bounds = picture?.bounds ?? { x: 0, y: 0, width: 1, height: 1 };
      files.push({ role, file, mediaType: output.mediaType, size: null, bounds });
      continue;
    }
    const { image, bounds } = output;
    const file = join(folder, `${role}-${randomUUID()}.png`);
    await encodePng(image, file);
    files.push({ role, file, mediaType: 'image/png', size: { width: image.width, height: image.height }, bounds });
  }
  return files;
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0]?.slice(0, 300) ?? 'unknown';
}

function asRunError(error: unknown, backend: Backend): AppError {
  if (error instanceof AppError) return error;
  const reason = reasonOf(error);
  if (/out of memory|bad_alloc|failed to allocate|allocation failed/i.test(reason)) {
    return new AppError('out-of-memory', `The model did not fit into memory on ${backend}.`, {
      action: 'Close other programs, use a smaller mask, or choose another backend.',
      cause: error,
    });
  }
  return new AppError('backend-unavailable', `The model could not run on ${backend}: ${reason}`, {
    action: 'Try another backend in Settings, or another pack.',
    cause: error,
  });
}
