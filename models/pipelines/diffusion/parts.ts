/** The parts of a pack as a run uses them: each is opened when it is needed and let go afterwards. */
import { AppError } from '../../../shared/contract/errors.ts';
import type { Size } from '../../../shared/domain/geometry.ts';
import type { DiffusionParams } from '../../../shared/pipelines/diffusion.ts';
import { createDenoiser, type Denoiser } from '../../components/diffusion/denoiser.ts';
import { encodePrompts, type EncodedPrompts, type PromptToEncode } from '../../components/diffusion/text-encoder.ts';
import type { Latents } from '../../components/diffusion/types.ts';
import { decodeLatents, encodePicture, type VaeOptions } from '../../components/diffusion/vae.ts';
import type { Planes } from '../../core/planes.ts';
import type { GraphChanges, PipelineContext } from '../../pipeline.ts';

type Context = PipelineContext<'diffusion'>;
type TileProgress = NonNullable<VaeOptions['progress']>;

/** What sampling needs of a pack; tests put arithmetic in its place. */
export interface DiffusionParts {
  encodePrompts(prompts: readonly PromptToEncode[]): Promise<EncodedPrompts>;
  /** Pixels of the picture that the denoiser fixes; null: any. */
  fixedSize(): Promise<Size | null>;
  /** Opens the denoiser; {@link letDenoiserGo} when it is done. */
  openDenoiser(): Promise<Denoiser>;
  letDenoiserGo(): void;
  /** RGB 0..1 to latents. @throws unsupported when the pack has no encoder */
  encode(picture: Planes, noise: Float32Array, progress?: TileProgress): Promise<Latents>;
  readonly canEncode: boolean;
  decode(latents: Latents, progress?: TileProgress): Promise<Planes>;
}

export type OpenParts = (context: Context, params: DiffusionParams) => DiffusionParts;

/** By hash of the graph: asked for once, so that a plan does not open a large denoiser before it is needed. */
const fixedSizes = new Map<string, Size | null>();

export const openParts: OpenParts = (context, params) => {
  const { parts, vae } = context.convention;
  const adapted = params.loras.length > 0 || params.freeU !== null;
  const changes: GraphChanges = { loras: params.loras, freeU: params.freeU };

  async function openDenoiser(): Promise<Denoiser> {
    const session = adapted ? await context.session(parts.denoiser, changes) : await context.session(parts.denoiser);
    return createDenoiser(session, context.convention);
  }

  function vaeOptions(progress: TileProgress | undefined): VaeOptions {
    return { tiling: params.vaeTiling, signal: context.signal, ...(progress === undefined ? {} : { progress }) };
  }

  return {
    canEncode: parts.vaeEncoder !== null,
    encodePrompts: (prompts) =>
      encodePrompts(context, prompts, { clipSkip: params.clipSkip, loras: params.loras, embeddings: params.embeddings }),
    openDenoiser,
    letDenoiserGo: () => context.letGo(parts.denoiser),
    async fixedSize() {
      const key = context.manifest.files.find(({ path }) => path === parts.denoiser)?.sha256 ?? '';
      const known = fixedSizes.get(key);
      if (known !== undefined) return known;
      const { fixedSize } = await openDenoiser();
      context.letGo(parts.denoiser);
      const size = fixedSize === null ? null : { width: fixedSize.width * vae.scale, height: fixedSize.height * vae.scale };
      if (key !== '') fixedSizes.set(key, size);
      return size;
    },
    async encode(picture, noise, progress) {
      if (parts.vaeEncoder === null) throw cannotEncode(context.manifest.name);
      const session = await context.session(parts.vaeEncoder);
      try {
        return await encodePicture(session, vae, picture, noise, vaeOptions(progress));
      } finally {
        context.letGo(parts.vaeEncoder);
      }
    },
    async decode(latents, progress) {
      const session = await context.session(parts.vaeDecoder);
      try {
        return await decodeLatents(session, vae, latents, vaeOptions(progress));
      } finally {
        context.letGo(parts.vaeDecoder);
      }
    },
  };
};

export function cannotEncode(packName: string): AppError {
  return new AppError('unsupported', `"${packName}" has no VAE encoder: it cannot start from a picture.`, {
    action: 'Leave the picture out, or choose a pack with a VAE encoder.',
  });
}
