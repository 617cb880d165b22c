/** One pass of a run: start, denoiser, loop; with progress, previews, cancelling and saving between its steps. */
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { latentPreview } from '../../components/diffusion/latent-preview.ts';
import { guidanceEmbedding, timeIds } from '../../components/diffusion/micro-conditioning.ts';
import type { PipelineContext, PixelImage } from '../../pipeline.ts';
import type { Conditions } from './conditioning.ts';
import { controlsOf } from './controls.ts';
import type { Frame } from './frame.ts';
import { fitsBatched, Guide, type Branch, type GuideSetup } from './guidance.ts';
import type { CountedNoise } from './noise.ts';
import type { DiffusionParts } from './parts.ts';
import { regionShares, type Region } from './regions.ts';
import type { RepaintPictures } from './repaint-picture.ts';
import type { RunSaver, SavedRun } from './resume.ts';
import type { RunProgress } from './run-progress.ts';
import { runPass, type PassState } from './sample.ts';
import type { Sampler } from './sampler.ts';
import type { LatentShape, Start } from './start.ts';

/** What all passes of a run share. */
export interface RunSetup {
  context: PipelineContext<'diffusion'>;
  inputs: Readonly<Record<string, PixelImage>>;
  params: DiffusionParams;
  parts: DiffusionParts;
  conditions: Conditions;
  regions: readonly Region[];
  progress: RunProgress;
  saver: RunSaver;
  /** Whether the denoiser takes mask and masked latents beside the latents. */
  inpaintingModel: boolean;
  /** When part of a picture is repainted. */
  pictures: RepaintPictures | null;
  /** Null once it has been gone on from. */
  resumed: SavedRun | null;
}

export interface PassPlan {
  /** 0; 1 for the high-resolution pass. */
  number: number;
  frame: Frame;
  shape: LatentShape;
  sampler: Sampler;
  /** Units of progress of one call. */
  unitsPerCall: number;
}

/** Frames a second are enough for the eye, and cost less than they show. */
const previewEveryMs = 250;

/**
 * @param noise already past what `start` drew
 * @returns final latents
 */
export async function runDenoising(run: RunSetup, plan: PassPlan, start: Start, noise: CountedNoise): Promise<Float32Array> {
  const { context, parts, progress, saver, params } = run;
  const { scheduler } = plan.sampler;
  const calls = scheduler.timesteps.length;
  const phase = plan.number === 0 ? 'Denoising' : 'Denoising at full size';
  progress.show(phase, 0, calls);
  context.signal.throwIfAborted();
  const denoiser = await parts.openDenoiser();
  try {
    const guide = new Guide(guideSetup(run, plan, start, denoiser));
    const from = resumedState(run, plan.number);
    if (from !== null) {
      progress.advance(plan.unitsPerCall * from.index, phase, from.index, calls);
      context.detail('resumedAtStep', from.index);
    }
    let previewedAt = 0;
    return await context.time('denoise', () =>
      runPass(
        { ...plan.sampler, guide, start: start.latents, noise, blend: start.blend },
        {
          async stepped(state, denoised) {
            progress.advance(plan.unitsPerCall, phase, state.index, calls);
            const now = Date.now();
            if (now - previewedAt >= previewEveryMs && state.index < calls) {
              previewedAt = now;
              const picture = latentPreview({ data: denoised, ...plan.shape }, context.convention);
              if (picture !== null) context.preview(picture);
            }
            await saver.stepped({ pass: plan.number, state, draws: noise.draws });
            await context.breathe?.();
            if (context.signal.aborted) await saver.flush();
            context.signal.throwIfAborted();
          },
        },
        from,
      ),
    );
  } finally {
    parts.letDenoiserGo();
  }

  function guideSetup(setup: RunSetup, { frame, shape }: PassPlan, { extra }: Start, opened: GuideSetup['denoiser']): GuideSetup {
    const { convention, manifest, sessionMemoryBytes } = context;
    const { conditions, regions } = setup;
    const shares = regions.length === 0 ? null : regionShares(regions, frame, shape);
    const ids = (negative: boolean): Float32Array | null => timeIds(convention, frame.model, negative);
    const positives: Branch[] = conditions.regions.map((conditioning, index) => ({
      conditioning,
      timeIds: ids(false),
      shares: shares?.regions[index] ?? null,
    }));
    // Where regions leave it nothing, the main prompt costs nothing.
    if (shares === null || shares.main.some((share) => share > 0)) {
      positives.unshift({ conditioning: conditions.main, timeIds: ids(false), shares: shares?.main ?? null });
    }
    const negative = conditions.negative === null ? null : { conditioning: conditions.negative, timeIds: ids(true), shares: null };
    const items = positives.length + (negative === null ? 0 : 1);
    return {
      denoiser: opened,
      latents: shape,
      negative,
      positives,
      scale: params.guidanceScale,
      rescale: params.guidanceRescale,
      dynamicThreshold: params.dynamicThreshold,
      timestepCond: convention.timestepCondDim === null ? null : guidanceEmbedding(params.guidanceScale, convention.timestepCondDim),
      controls: controlsOf(setup.inputs, params.controls, {
        count: convention.controls,
        frame,
        size: { width: shape.width * 8, height: shape.height * 8 },
        calls,
        packName: manifest.name,
      }),
      extra,
      batched:
        params.guidanceRuns === 'batched' ||
        (params.guidanceRuns === 'auto' && fitsBatched(items, shape.width * shape.height, sessionMemoryBytes)),
    };
  }
}

function resumedState(run: RunSetup, pass: number): PassState | null {
  if (run.resumed?.pass !== pass) return null;
  const { state } = run.resumed;
  run.resumed = null;
  return state;
}
