/**
 * Finds the parts of a diffusers folder by their places: as Optimum, diffusers' own scripts and the onnxruntime-web examples
 * lay them out (unet/, vae_decoder/, text_encoder/ ... with one graph each), with or without model_index.json.
 */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { SourceFile } from '../source-files.ts';

export interface DiffusersLayout {
  /** Of the folder the parts lie in, with its slash; '' for the root itself. */
  prefix: string;
  /** Paths below the prefix. */
  files: ReadonlyMap<string, SourceFile>;
  graphs: {
    unet: string;
    vaeDecoder: string;
    vaeEncoder: string | null;
    textEncoder: string | null;
    textEncoder2: string | null;
  };
  tokenizer: string | null;
  tokenizer2: string | null;
}

/** What the class names in model_index.json and the folders say about families that Kiln does not run. */
const foreignFamilies: readonly (readonly [RegExp, string])[] = [
  [/StableDiffusion3|SD3/i, 'Stable Diffusion 3'],
  [/Flux/i, 'Flux'],
  [/PixArt/i, 'PixArt'],
  [/Hunyuan/i, 'Hunyuan'],
  [/Kandinsky/i, 'Kandinsky'],
  [/Sana/, 'Sana'],
  [/AuraFlow/i, 'AuraFlow'],
  [/Wuerstchen|StableCascade/i, 'Stable Cascade'],
  [/Upscale/i, 'a Stable Diffusion upscaler'],
  [/DepthToImg|Depth2Img/i, 'a depth-to-image model'],
  [/Pix2Pix/i, 'InstructPix2Pix'],
  [/Video|AnimateDiff/i, 'a video model'],
];

export const foreignFamilyOf = (className: string): string | null =>
  foreignFamilies.find(([pattern]) => pattern.test(className))?.[1] ?? null;

export function unsupportedFamily(name: string): AppError {
  return new AppError('unsupported', `This is ${name}, which Kiln does not run.`, {
    action: 'Kiln runs Stable Diffusion 1.x and 2.x, SD-Turbo, LCM, SDXL and SDXL-Turbo, exported to ONNX.',
  });
}

/** Null: not such a folder at all. @throws pack-invalid or unsupported when it is one that lacks something */
export function findLayout(files: readonly SourceFile[]): DiffusersLayout | null {
  const prefix = prefixOf(files);
  if (prefix === null) return null;
  const below = new Map(files.filter(({ path }) => path.startsWith(prefix)).map((file) => [file.path.slice(prefix.length), file]));
  const unet = graphIn(below, 'unet');
  if (unet === null) {
    if (graphIn(below, 'transformer') !== null || hasTorch(below, 'transformer'))
      throw unsupportedFamily('a diffusion transformer (as Stable Diffusion 3 and Flux are)');
    throw hasTorch(below, 'unet') ? torchOnly() : missingPart('unet', 'The UNet, which does the work');
  }
  const vaeDecoder = graphIn(below, 'vae_decoder');
  if (vaeDecoder === null) throw missingPart('vae_decoder', 'The VAE decoder, which turns latents into pictures');
  const folderWith = (name: string): string | null =>
    [...below.keys()].some((path) => path === `${name}/vocab.json` || path === `${name}/tokenizer.json`) ? name : null;
  return {
    prefix,
    files: below,
    graphs: {
      unet,
      vaeDecoder,
      vaeEncoder: graphIn(below, 'vae_encoder'),
      textEncoder: graphIn(below, 'text_encoder'),
      textEncoder2: graphIn(below, 'text_encoder_2'),
    },
    tokenizer: folderWith('tokenizer'),
    tokenizer2: folderWith('tokenizer_2'),
  };
}

/** The shallowest folder with a UNet's or a transformer's graph, or with model_index.json. */
function prefixOf(files: readonly SourceFile[]): string | null {
  const prefixes = files.flatMap(({ path }) => {
    const found = /^(.*?)(?:(?:unet|transformer|vae_decoder)\/[^/]+\.onnx|model_index\.json)$/.exec(path);
    const prefix = found?.[1];
    return prefix === undefined || (prefix !== '' && !prefix.endsWith('/')) ? [] : [prefix];
  });
  // A repository may keep torch weights at its root and the ONNX export in a folder of its own: that one is meant.
  const withGraphs = prefixes.filter((prefix) => files.some(({ path }) => path.startsWith(`${prefix}unet/`) && path.endsWith('.onnx')));
  const depth = (prefix: string): number => prefix.split('/').length;
  return (withGraphs.length > 0 ? withGraphs : prefixes).sort((one, other) => depth(one) - depth(other))[0] ?? null;
}

/** model.onnx, or the only graph there is. */
function graphIn(files: ReadonlyMap<string, SourceFile>, folder: string): string | null {
  const graphs = [...files.keys()].filter((path) => path.startsWith(`${folder}/`) && /^[^/]+\.onnx$/.test(path.slice(folder.length + 1)));
  const usual = graphs.find((path) => path === `${folder}/model.onnx`) ?? graphs[0];
  if (graphs.length > 1 && usual !== `${folder}/model.onnx`) {
    throw new AppError('pack-invalid', `The folder ${folder} holds several graphs, and none is called model.onnx.`, {
      action: `Keep the one you want, as ${folder}/model.onnx.`,
    });
  }
  return usual ?? null;
}

const hasTorch = (files: ReadonlyMap<string, SourceFile>, folder: string): boolean =>
  [...files.keys()].some((path) => path.startsWith(`${folder}/`) && /\.(safetensors|bin|ckpt|pt)$/.test(path));

function missingPart(folder: string, what: string): AppError {
  return new AppError('pack-invalid', `${what}, is missing: there is no ${folder}/model.onnx.`, {
    action: 'Download the whole model, with every one of its folders.',
  });
}

function torchOnly(): AppError {
  return new AppError('unsupported', 'The folder holds PyTorch weights (.safetensors or .bin) and no ONNX graphs.', {
    action: 'Export it once, with: optimum-cli export onnx --model FOLDER NEW_FOLDER. Then import the new folder.',
  });
}
