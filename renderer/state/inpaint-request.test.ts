import { expect, it } from 'vitest';
import { documentRecordSchema } from '../../shared/domain/document.ts';
import { inpaintRequestSchema } from '../../shared/domain/generation.ts';
import { assetHashSchema, packIdSchema } from '../../shared/domain/ids.ts';
import { inpaintParamsSchema } from '../../shared/pipelines/inpaint.ts';
import { inpaintRequests } from './inpaint-request.ts';

const hash = (letter: string) => assetHashSchema.parse(letter.repeat(64));

it('gives one complete request a result, with seeds that follow and wrap round', () => {
  const record = documentRecordSchema.parse({
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    projectId: '01ARZ3NDEKTSV4RRFFQ69G5FAW',
    name: 'dune.jpg',
    revision: 3,
    canvas: { width: 64, height: 64 },
    snapshot: hash('a'),
    thumbnail: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    trashedAtMs: null,
  });
  const requests = inpaintRequests({
    record,
    region: { x: 1, y: 2, width: 30, height: 20 },
    image: hash('b'),
    mask: hash('c'),
    packId: packIdSchema.parse('kiln-inpaint'),
    params: inpaintParamsSchema.parse({ feather: 3 }),
    backend: 'auto',
    parentId: null,
    seed: 0xffff_ffff,
    count: 2,
  });
  expect(requests.map((request) => inpaintRequestSchema.parse(request).seed)).toEqual([0xffff_ffff, 0]);
  expect(requests[0]).toMatchObject({
    title: 'dune.jpg',
    placement: { documentId: record.id, snapshot: record.snapshot, region: { x: 1, y: 2 } },
    inputs: { image: hash('b'), mask: hash('c') },
    params: { feather: 3 },
  });
});
