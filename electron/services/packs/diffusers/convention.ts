/** From graphs and configuration files to a convention, with the documented values where old exports leave something out. */
import { diffusionConventionSchema, type DiffusionConvention } from '../../../../shared/domain/diffusion-convention.ts';
import type { DiffusersConfigs } from './configs.ts';
import type { GraphFacts } from './graphs.ts';
import type { DiffusersLayout } from './layout.ts';
import { latentRgbOf } from '../../../../shared/domain/latent-rgb.ts';

export interface ConventionSources {
  layout: DiffusersLayout;
  configs: DiffusersConfigs;
  facts: GraphFacts;
  /** What the user's folder was called. */
  sourceName: string;
  schedulerConfig: string;
}

/** Distilled models whose graphs look like their teachers'. */
const fewStepNames = /turbo|lightning|hyper-?sd|schnell/i;

export function conventionOf({ layout, configs, facts, sourceName, schedulerConfig }: ConventionSources): DiffusionConvention {
  const { vae, modelIndex, unet } = configs;
  const { architecture, latentChannels } = facts;
  const isXl = architecture !== 'sd';
  const scale = vae.block_out_channels === undefined ? 8 : 2 ** (vae.block_out_channels.length - 1);
  const scalingFactor = vae.scaling_factor ?? (isXl ? 0.13025 : 0.18215);
  const [height, width] = sampleSize();
  return diffusionConventionSchema.parse({
    task: 'diffusion',
    architecture,
    parts: {
      textEncoder: layout.graphs.textEncoder,
      textEncoder2: layout.graphs.textEncoder2,
      denoiser: layout.graphs.unet,
      vaeEncoder: layout.graphs.vaeEncoder,
      vaeDecoder: layout.graphs.vaeDecoder,
    },
    tokenizer: layout.tokenizer,
    tokenizer2: layout.tokenizer2,
    schedulerConfig,
    vae: {
      scalingFactor,
      shiftFactor: vae.shift_factor ?? 0,
      latentsMean: ofLatents(vae.latents_mean),
      latentsStd: ofLatents(vae.latents_std),
      latentChannels,
      scale,
    },
    latentRgb: latentRgbOf(architecture, latentChannels),
    inChannels: facts.inChannels,
    timestepCondDim: facts.timestepCondDim,
    controls: facts.controls,
    zeroEmptyNegative: modelIndex.force_zeros_for_empty_prompt ?? isXl,
    aestheticScore: modelIndex.requires_aesthetics_score ?? facts.aestheticIds,
    nativeSize: { width: width * scale, height: height * scale },
    defaults: defaultsOf(),
  });

  function ofLatents(values: readonly number[] | null | undefined): readonly number[] | null {
    return values?.length === latentChannels ? values : null;
  }

  /** Height and width in latents. */
  function sampleSize(): readonly [number, number] {
    if (facts.fixedSample !== null) return [facts.fixedSample.height, facts.fixedSample.width];
    const size = unet.sample_size;
    if (size !== undefined) return typeof size === 'number' ? [size, size] : size;
    // SD 2.x (width 1024) that predicts velocity was trained at 768 pixels, everything else of its kind at 512.
    const side = isXl
      ? isFewStep()
        ? 512
        : 1024
      : facts.contextWidth === 1024 && configs.scheduler?.prediction_type === 'v_prediction'
        ? 768
        : 512;
    return [side / scale, side / scale];
  }

  /**
   * Turbo packs space their steps trailing and predict noise. Models with zero terminal SNR are spaced so too, but predict
   * velocity and are guided as usual.
   */
  function isFewStep(): boolean {
    const { scheduler } = configs;
    if (fewStepNames.test(`${modelIndex._name_or_path ?? ''} ${sourceName}`)) return true;
    return (
      scheduler?.timestep_spacing === 'trailing' &&
      (scheduler.prediction_type ?? 'epsilon') === 'epsilon' &&
      scheduler.rescale_betas_zero_snr !== true &&
      /^Euler/.test(scheduler._class_name ?? '')
    );
  }

  function defaultsOf(): DiffusionConvention['defaults'] {
    const sampler = configs.scheduler?._class_name ?? '';
    if (facts.timestepCondDim !== null) return { steps: 4, guidanceScale: 8.5 };
    if (sampler === 'TCDScheduler' || isFewStep()) return { steps: 4, guidanceScale: 0 };
    if (sampler === 'LCMScheduler') return { steps: 4, guidanceScale: 1.5 };
    return { steps: /DPMSolver|UniPC/.test(sampler) ? 20 : 25, guidanceScale: 7.5 };
  }
}
