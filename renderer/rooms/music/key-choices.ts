/** Keys and metres as lists to choose from. */
import { keyName } from '../../../shared/music/harmony.ts';
import { metreSchema, type Key, type Metre } from '../../../shared/music/score.ts';

export type PlainKey = Omit<Key, 'tick'>;
export type PlainMetre = Omit<Metre, 'tick'>;

/** Round the circle of fifths, from five flats to six sharps: every tonic once. */
const fifths = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6];

export const keyId = ({ fifths: signature, mode }: PlainKey): string => `${String(signature)} ${mode}`;

const named = (mode: Key['mode']): { id: string; label: string; key: PlainKey }[] =>
  fifths
    .map((signature) => ({ fifths: signature, mode }))
    .map((key) => ({ id: keyId(key), label: keyName(key), key }))
    .sort((a, b) => a.label.localeCompare(b.label));

export const majorKeys = named('major');
export const minorKeys = named('minor');

/** Null for an id of no key: any. */
export function keyOfId(id: string): PlainKey | null {
  const [signature = '', mode] = id.split(' ');
  const number = Number(signature);
  return signature !== '' && Number.isInteger(number) && (mode === 'major' || mode === 'minor') ? { fifths: number, mode } : null;
}

export const metreId = ({ numerator, denominator }: PlainMetre): string => `${String(numerator)}/${String(denominator)}`;
export const usualMetres = ['4/4', '3/4', '2/4', '6/8', '2/2', '3/8', '9/8', '12/8', '5/4', '7/8'];

const plainMetreSchema = metreSchema.omit({ tick: true });

/** @param id as {@link metreId} writes it */
export function metreOfId(id: string): PlainMetre {
  const [numerator, denominator] = id.split('/').map(Number);
  return plainMetreSchema.parse({ numerator, denominator });
}
