/** The parameters that Kiln ships. */
import { readFileSync } from 'node:fs';
import { effectParametersSchema } from '../effects/parameters.ts';

export const shippedParameters = effectParametersSchema.parse(
  JSON.parse(readFileSync(new URL('../../packs/kiln-sound/effects.json', import.meta.url), 'utf8')),
);
