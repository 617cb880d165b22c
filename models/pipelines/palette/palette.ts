/**
 * The palette studio: new palettes from the flow (with any colours locked), a picture's own palette, and a picture in
 * another palette. Palettes are ranked by the flow's exact log-likelihood of the very bytes that are given out.
 */
import { AppError } from '../../../shared/contract/errors.ts';
import { bytesInGamut } from '../../../shared/colour/gamut.ts';
import { oklabFromBytes, type Oklab } from '../../../shared/colour/oklab.ts';
import { parseHex, toHex, type Rgb } from '../../../shared/colour/srgb.ts';
import type { PaletteRequest } from '../../../shared/domain/generation.ts';
import type { PaletteDetails } from '../../../shared/pipelines/palette.ts';
import { decodePalettes } from '../../components/palette-flow.ts';
import { seededGaussian } from '../../core/seeded-gaussian.ts';
import type { Pipeline, PipelineContext, PipelinePicture, PixelImage } from '../../pipeline.ts';
import { chooseVaried } from './choose.ts';
import { completePalettes } from './complete.ts';
import { extractPalette } from './extract.ts';
import { bitsPerDimension, symmetricLogLikelihoods } from './likelihood.ts';
import { bytesOfRow, rowOfBytes } from './palette-space.ts';
import { pairPalettes, recolour } from './recolour.ts';
import { drawSwatches } from '../../../shared/colour/swatches.ts';

type Context = PipelineContext<'palette'>;

/** Below this, "the likeliest" would be one palette again and again. */
const lowestTemperature = 0.25;

export const palette: Pipeline<'palette'> = async (inputs, request, context) => {
  switch (request.params.mode) {
    case 'sample':
      return samplePalettes(request, context);
    case 'extract':
      return extractFrom(requireImage(inputs, 'To take a palette from a picture'), request, context);
    case 'recolour':
      return recolourImage(requireImage(inputs, 'To recolour'), request, context);
  }
};

function requireImage(inputs: Readonly<Record<string, PixelImage>>, what: string): PixelImage {
  const { image } = inputs;
  if (image === undefined) throw new AppError('invalid-request', `${what}, a picture is needed.`, { action: 'Choose a picture.' });
  return image;
}

/** The request's places, padded with free ones to `size`. */
function placesOf(colours: PaletteRequest['params']['colours'], size: number): (Rgb | null)[] {
  if (colours.length > size) {
    throw new AppError('invalid-request', `This model makes palettes of ${String(size)} colours, not ${String(colours.length)}.`, {
      action: `Remove colours until ${String(size)} are left.`,
    });
  }
  return Array.from({ length: size }, (_, index) => {
    const text = colours[index];
    return text === undefined || text === null ? null : parseHex(text);
  });
}

async function samplePalettes({ params, seed }: PaletteRequest, context: Context): Promise<PipelinePicture[]> {
  const size = context.convention.colours;
  const places = placesOf(params.colours, size);
  const [sampler, scorer] = [await context.session(context.convention.sampler), await context.session(context.convention.scorer)];
  const temperature = Math.max(lowestTemperature, params.temperature);
  const lockedCount = places.filter((place) => place !== null).length;
  context.progress('Drawing palettes', 0, 1, 0.05);
  const rows = await context.time('run', async () => {
    if (lockedCount === size) return [];
    const draws = Math.max(24, params.count * 3);
    if (lockedCount > 0) {
      const completed = await completePalettes({
        sampler,
        scorer,
        locked: places.map((place) => (place === null ? null : oklabFromBytes(place))),
        temperature,
        seed,
        progress(fraction) {
          context.signal.throwIfAborted();
          context.progress('Completing palettes', Math.floor(fraction * 100), 100, 0.05 + 0.8 * fraction);
        },
      });
      return completed.slice(0, draws);
    }
    const gaussian = seededGaussian(seed);
    const latents = Float32Array.from({ length: draws * size * 3 }, () => gaussian() * temperature);
    const drawn = await decodePalettes(sampler, size * 3, latents);
    return Array.from({ length: draws }, (_, index) => drawn.slice(index * size * 3, (index + 1) * size * 3));
  });
  context.signal.throwIfAborted();
  const shown =
    lockedCount === size ? [places.map((place) => place ?? ([0, 0, 0] as const))] : rows.map((row) => arrange(bytesOfRow(row), places));
  const candidates = await context.time('rank', async () => {
    const exact = shown.map(rowOfBytes);
    const scores = await symmetricLogLikelihoods(scorer, size, exact);
    return exact.map((row, index) => ({ row, logLikelihood: scores[index] ?? -Infinity, colours: shown[index] ?? [] }));
  });
  const chosen = chooseVaried(candidates, params.count);
  if (chosen.length < params.count) {
    context.note(
      `${String(chosen.length)} of ${String(params.count)} palettes: more would have repeated these. Raise the temperature for others.`,
    );
  }
  return finish(
    chosen.map(({ row, logLikelihood }) => ({
      colours: candidates.find((candidate) => candidate.row === row)?.colours ?? [],
      logLikelihood,
    })),
    context,
  );
}

/** Locked colours in their places; the free ones fill the other places from dark to light. */
function arrange(colours: readonly Rgb[], places: readonly (Rgb | null)[]): Rgb[] {
  const free = colours.filter((_, index) => places[index] === null).toSorted((a, b) => oklabFromBytes(a)[0] - oklabFromBytes(b)[0]);
  return places.map((place) => place ?? free.shift() ?? [0, 0, 0]);
}

interface Offered {
  colours: readonly Rgb[];
  logLikelihood: number | null;
  shares?: number[];
}

function finish(offered: readonly Offered[], context: Context): PipelinePicture[] {
  const details: PaletteDetails = offered.map(({ colours, logLikelihood, shares }) => ({
    colours: colours.map(toHex),
    logLikelihood,
    bitsPerDimension: logLikelihood === null ? null : bitsPerDimension(logLikelihood, colours.length * 3),
    shares: shares ?? null,
  }));
  context.detail('palettes', details);
  context.progress('Drawing palettes', 1, 1, 1);
  return [whole(drawSwatches(offered.map(({ colours }) => colours)))];
}

const whole = (image: PixelImage): PipelinePicture => ({
  role: 'image',
  image,
  bounds: { x: 0, y: 0, width: image.width, height: image.height },
});

/** Locked places keep their colours, and the picture's other colours are found around them. */
async function extractFrom(image: PixelImage, { params, seed }: PaletteRequest, context: Context): Promise<PipelinePicture[]> {
  const modelSize = context.convention.colours;
  const size = params.colours.length === 0 ? modelSize : params.colours.length;
  const places = placesOf(params.colours, size);
  const fixed = places.flatMap((place) => (place === null ? [] : [oklabFromBytes(place)]));
  const found = await context.time('extract', () => extractPalette(image, size, seed, fixed));
  if (found.length === 0) {
    throw new AppError('invalid-request', 'The picture is transparent throughout: it has no colours.', {
      action: 'Choose another picture.',
    });
  }
  const locked = found.slice(0, fixed.length);
  const free = found.slice(fixed.length);
  const colours: Rgb[] = [];
  const shares: number[] = [];
  for (const place of places) {
    const next = place === null ? free.shift() : locked.shift();
    if (next === undefined) continue;
    colours.push(place ?? bytesInGamut(next.lab));
    shares.push(next.share);
  }
  if (colours.length < size) context.note(`The picture has only ${String(colours.length)} different colours.`);
  let logLikelihood: number | null = null;
  if (colours.length === modelSize) {
    const scorer = await context.session(context.convention.scorer);
    logLikelihood = (await context.time('rank', () => symmetricLogLikelihoods(scorer, modelSize, [rowOfBytes(colours)])))[0] ?? null;
  }
  return finish([{ colours, logLikelihood, shares }], context);
}

async function recolourImage(image: PixelImage, { params, seed }: PaletteRequest, context: Context): Promise<PipelinePicture[]> {
  const target = params.colours.flatMap((text): Oklab[] => {
    const rgb = text === null ? null : parseHex(text);
    return rgb === null ? [] : [oklabFromBytes(rgb)];
  });
  if (target.length === 0) {
    throw new AppError('invalid-request', 'There are no colours to recolour with.', {
      action: 'Choose a palette, or lock at least one colour.',
    });
  }
  const source = await context.time('extract', () => extractPalette(image, Math.max(context.convention.colours, target.length), seed));
  const labs = source.map(({ lab }) => lab);
  const output = await context.time('run', () =>
    recolour(image, {
      source: labs,
      target: pairPalettes(labs, target),
      strength: params.strength,
      keepLightness: params.keepLightness,
      progress(fraction) {
        context.signal.throwIfAborted();
        context.progress('Recolouring', Math.floor(fraction * 100), 100, 0.1 + 0.9 * fraction);
      },
    }),
  );
  context.progress('Recolouring', 1, 1, 1);
  return [whole(output)];
}
