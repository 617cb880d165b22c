/** The runs of references.json: what was asked, and the latents that the torch loop ended with. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { PixelImage } from '../../pipeline.ts';
import { testMask, testPicture, threeChannels } from './inputs.ts';
import type { TinyRunOptions } from './open.ts';

const caseSchema = z.object({
  name: z.string(),
  pack: z.string(),
  seed: z.int(),
  image: z.boolean(),
  mask: z.enum(['box', 'grey']).nullable(),
  params: z.record(z.string(), z.unknown()),
  /** Channels, height, width. */
  shape: z.tuple([z.int(), z.int(), z.int()]),
  /** Mean absolute value of what the UNet was given at each call, mask channels left out: where a run that differs begins to. */
  inputs: z.array(z.number()),
  latents: z.base64().transform((text) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)),
});
export type ReferenceCase = z.infer<typeof caseSchema>;

export const referenceCases: readonly ReferenceCase[] = z
  .array(caseSchema)
  .parse(JSON.parse(readFileSync(new URL('references.json', import.meta.url), 'utf8')));

export function referenceCase(name: string): ReferenceCase {
  const found = referenceCases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no reference run "${name}".`);
  return found;
}

/** The case as a request: masks as they are, crops of the whole picture. */
export function optionsOf({ params, seed, image, mask, shape: [, height, width] }: ReferenceCase): TinyRunOptions {
  const size = [width * 8, height * 8] as const;
  const inputs: Record<string, PixelImage> = {};
  if (image) inputs['image'] = testPicture(...size);
  if (mask !== null) inputs['mask'] = testMask(mask, ...size);
  if (params['controls'] !== undefined) {
    inputs['control1'] = testPicture(...size);
    inputs['control2'] = threeChannels(testMask('grey', ...size));
  }
  return {
    params: { width: size[0], height: size[1], maskGrow: 0, feather: 0, contextPadding: 4, ...params },
    seed,
    inputs,
  };
}

/** Greatest absolute difference; NaN counts as infinite. */
export function largestDifference(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return Infinity;
  return one.reduce((most, value, index) => {
    const difference = Math.abs(value - (other[index] ?? NaN));
    return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
  }, 0);
}
