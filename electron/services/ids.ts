import { randomBytes } from 'node:crypto';
import { ulidFrom } from '../../shared/domain/ids.ts';

let lastTimeMs = 0;

/** A new id of the wanted brand. Ids of one process rise strictly, so that sorting by id is sorting by creation. */
export function newId<Id extends string>(schema: { parse(value: string): Id }): Id {
  lastTimeMs = Math.max(Date.now(), lastTimeMs + 1);
  return schema.parse(ulidFrom(lastTimeMs, randomBytes(16)));
}
