/** Before a run: what certainly cannot be done here is refused, what may be too much is remarked on. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Backend } from '../../../shared/domain/backend.ts';
import type { GenerationRequest } from '../../../shared/domain/generation.ts';
import { isDiffusionManifest, memoryVerdict, predictDiffusionMemory, whatWouldFit } from '../../../shared/pipelines/diffusion-memory.ts';
import { isAudioManifest, predictAudioMemory, type AudioManifest } from '../../../shared/pipelines/audio-memory.ts';
import type { ResolvedPack } from '../service-types.ts';
import { systemMemory } from '../system/system-memory.ts';

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/**
 * @returns remarks to keep with the generation
 * @throws out-of-memory when the machine has less than no run could do without
 */
export function checkMemory(
  { request, pack }: { request: GenerationRequest; pack: Pick<ResolvedPack, 'manifest'> },
  sessionMemoryBytes: number,
  backend: Backend = 'cpu',
  memory = systemMemory(),
): string[] {
  const { manifest } = pack;
  if (request.kind === 'audio' && isAudioManifest(manifest)) return checkAudio(manifest, backend, memory);
  if (request.kind !== 'diffusion' || !isDiffusionManifest(manifest)) return [];
  // A picture's own size is not known here; the pack's stands for it, which is seldom too large.
  const options = { sessionMemoryBytes, fromPicture: request.inputs.image !== undefined, backend };
  const prediction = predictDiffusionMemory(manifest, request.params, options);
  const verdict = memoryVerdict(prediction, memory);
  if (verdict === 'fits' || verdict === 'tight') return [];
  const [best] = whatWouldFit(manifest, request.params, options, memory.availableBytes);
  const advice = best === undefined ? '' : ` Less would do: ${best.label} (about ${gigabytes(best.prediction.peakBytes)}).`;
  if (verdict === 'short') {
    return [`About ${gigabytes(prediction.peakBytes)} of memory were expected, ${gigabytes(memory.availableBytes)} were free.${advice}`];
  }
  throw new AppError(
    'out-of-memory',
    `This needs at least ${gigabytes(prediction.leastBytes)} of memory; this machine has ${gigabytes(memory.totalBytes)}.`,
    { action: best?.fits === true ? `${best.label} would fit.` : 'Choose a smaller size or a smaller pack.' },
  );
}

function checkAudio(manifest: AudioManifest, backend: Backend, memory: ReturnType<typeof systemMemory>): string[] {
  const { peakBytes, leastBytes } = predictAudioMemory(manifest, backend);
  if (leastBytes > memory.totalBytes) {
    throw new AppError(
      'out-of-memory',
      `This model needs at least ${gigabytes(leastBytes)} of memory; this machine has ${gigabytes(memory.totalBytes)}.`,
      { action: 'Choose a smaller model, or import this one in a smaller precision (quantized or q4).' },
    );
  }
  if (peakBytes <= memory.availableBytes) return [];
  return [`About ${gigabytes(peakBytes)} of memory were expected, ${gigabytes(memory.availableBytes)} were free.`];
}
