/** What a run's time follows, for the time left. */
import type { AudioRequest, GenerationRequest, ScoreRequest } from '../../../shared/domain/generation.ts';
import { inputsOfRequest } from '../../../shared/domain/generation.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { ticksPerQuarter } from '../../../shared/music/score.ts';
import type { ScoreRegion, ScoreStyle } from '../../../shared/pipelines/score.ts';
import type { AssetStore } from '../service-types.ts';
import type { RunShape } from './time-left.ts';

/**
 * Pixels of the picture; for diffusion all pixels of all steps, of both sides of guidance and of each region; for scores bars by
 * tracks, for sounds milliseconds.
 */
export function shapeOf(assets: Pick<AssetStore, 'record'>, request: GenerationRequest, { convention }: PackManifest): RunShape {
  return { kind: request.kind, packId: request.packId, pixels: Math.max(1, Math.round(amountOf(assets, request, convention))) };
}

function amountOf(assets: Pick<AssetStore, 'record'>, request: GenerationRequest, convention: PackManifest['convention']): number {
  switch (request.kind) {
    case 'score':
      return scoreBars(assets, request);
    case 'sound':
      return request.params.seconds * 1000;
    case 'audio':
      return audioMilliseconds(request, convention);
    default: {
      const { image } = inputsOfRequest(request);
      const record = image === undefined ? null : assets.record(image);
      const picture = { width: record?.width ?? 1, height: record?.height ?? 1 };
      return request.kind === 'diffusion' && convention.task === 'diffusion'
        ? diffusionPixels(request, image === undefined ? convention.nativeSize : picture, convention.nativeSize)
        : picture.width * picture.height;
    }
  }
}

const tracksOfStyle: Record<ScoreStyle, number> = { chorale: 4, song: 3, drums: 1 };
/** Of a score's JSON, for a bar of a track: what a piece is like before anybody has read it. */
const bytesOfBar = 400;
const ticksOfBar = 4 * ticksPerQuarter;

/** Bars by tracks that are written, as often as they are gone over. */
function scoreBars(assets: Pick<AssetStore, 'record'>, { params, inputs }: ScoreRequest): number {
  const whole = (inputs.score === undefined ? 0 : (assets.record(inputs.score)?.sizeBytes ?? 0)) / bytesOfBar;
  const inRegions = (regions: readonly ScoreRegion[]): number =>
    regions.length === 0 ? whole : regions.reduce((sum, { start, end }) => sum + (end - start) / ticksOfBar, 0);
  switch (params.mode) {
    case 'generate':
    case 'continue':
      return params.bars * tracksOfStyle[params.style];
    case 'fill':
      return inRegions(params.regions) * (params.method === 'autoregressive' ? 1 : params.passes);
    case 'accompany':
      return whole * (params.write === 'harmony' || params.write === 'bass' ? params.passes : 1);
    case 'vary':
    case 'map':
      return inRegions(params.regions);
    case 'morph':
      return whole * params.steps;
    case 'humanise':
      return whole;
  }
}

/** A letter is spoken in about so long. */
const letterMs = 65;

function audioMilliseconds({ params }: AudioRequest, convention: PackManifest['convention']): number {
  if (convention.task === 'audio' && convention.makes === 'speech') return (params.text.length * letterMs) / params.speed;
  return params.seconds * 1000 * (params.guidanceScale > 1 ? 2 : 1);
}

function diffusionPixels({ inputs, params }: Extract<GenerationRequest, { kind: 'diffusion' }>, usual: Size, native: Size): number {
  // Masked areas are worked on at the pack's own size.
  const base = inputs.mask === undefined ? usual : native;
  const area = (params.width || base.width) * (params.height || base.height);
  const items = 1 + (params.guidanceScale > 1 ? 1 : 0) + params.regions.length;
  const steps = params.steps * (inputs.image === undefined ? 1 : params.strength);
  const again = params.highResScale > 1 ? params.highResScale ** 2 * (params.highResSteps || params.steps) * params.highResStrength : 0;
  return area * items * (steps + again);
}
