import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../shared/contract/transport.ts';
import { exportOptionsSchema } from '../../shared/contract/calls/export-calls.ts';
import { ExportSession, exportChoicesSchema, type ExportItem } from './export-session.svelte.ts';

const item = (name: string): ExportItem => ({
  picture: { name, hash: 'a'.repeat(64) as never, width: 30, height: 20 },
  generationIds: ['01ARZ3NDEKTSV4RRFFQ69G5FAV' as never],
});

function session() {
  const call = vi.fn((name: string, input: { quality: number }) =>
    Promise.resolve(name === 'export.estimate' ? [{ fileName: `q${String(input.quality)}` }] : { exportId: 'E', files: [] }),
  );
  const onError = vi.fn();
  const made = new ExportSession({
    studio: { call } as unknown as Pick<Transport, 'call'>,
    choices: exportChoicesSchema.parse({}),
    embed: true,
    name: ' Harbour ',
    onError,
  });
  return { made, call, onError };
}

describe('an export', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('asks once the options rest, and counts only the latest answer', async () => {
    const { made, call } = session();
    made.setItems([item('a')]);
    for (let quality = 60; quality < 90; quality += 1) made.choose({ quality });
    expect(made.estimate).toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    expect(call.mock.calls.map(([name]) => name)).toEqual(['export.preview', 'export.estimate']);
    expect(made.estimate?.[0]?.fileName).toBe('q89');
    let answerLate: (value: never) => void = () => undefined;
    call.mockImplementationOnce(() => new Promise((resolve) => (answerLate = resolve)));
    made.choose({ quality: 10 });
    await vi.advanceTimersByTimeAsync(400);
    made.choose({ quality: 20 });
    await vi.advanceTimersByTimeAsync(400);
    answerLate({ exportId: 'LATE' } as never);
    await vi.advanceTimersByTimeAsync(400);
    expect(made.estimate?.[0]?.fileName).toBe('q20');
    expect(made.preview?.exportId).toBe('E');
  });

  it('builds options the contract takes, and none while a size is missing', () => {
    const { made } = session();
    expect(made.options()).toBeNull();
    made.setItems([item('a')]);
    made.choose({ lossless: true, format: 'jpeg', factors: [1, 2, 3] });
    expect(exportOptionsSchema.parse(made.options())).toMatchObject({
      items: [{ name: 'Harbour', generationIds: ['01ARZ3NDEKTSV4RRFFQ69G5FAV'] }],
      format: 'jpeg',
      lossless: false,
      scale: { kind: 'factors', factors: [1, 2, 3] },
      embedMetadata: true,
    });
    made.choose({ sizing: 'pixels' });
    expect(made.options()).toBeNull();
    made.box = { width: 640, height: null };
    made.setItems([item('Sky'), item('Sea')]);
    expect(exportOptionsSchema.parse(made.options())).toMatchObject({
      items: [{ name: 'Sky' }, { name: 'Sea' }],
      archiveName: 'Harbour',
      scale: { kind: 'pixels', width: 640, height: null },
    });
  });

  it('says what went wrong and can be tried again', async () => {
    const { made, call, onError } = session();
    made.setItems([item('a')]);
    call.mockRejectedValueOnce(new Error('full'));
    expect(await made.render()).toBeNull();
    expect(onError).toHaveBeenCalledTimes(1);
    expect(made.busy).toBe(false);
    expect(await made.render({ format: 'png' })).not.toBeNull();
    made.dispose();
  });
});
