import { describe, expect, it, vi } from 'vitest';
import { musicExportSchema } from '../../../shared/contract/calls/music-calls.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import type { StudioEvent } from '../../../shared/contract/events.ts';
import { formatGroups, formatOf, MusicExportSession, musicExportChoicesSchema, type MusicExportOptions } from './music-export.svelte.ts';

const choices = musicExportChoicesSchema.parse({});
const item = { name: 'Evening', asset: 'a'.repeat(64) as never, generationIds: ['01ARZ3NDEKTSV4RRFFQ69G5FAV' as never] };

function session(change: Partial<MusicExportOptions> = {}) {
  const call = vi.fn((): Promise<unknown> => Promise.resolve({ files: [], archive: null, loudness: null, notes: [] }));
  let hear: (event: StudioEvent) => void = () => undefined;
  const onError = vi.fn();
  const made = new MusicExportSession({
    studio: {
      call,
      subscribe: (listener) => {
        hear = listener;
        return () => undefined;
      },
    } as MusicExportOptions['studio'],
    choices,
    embed: true,
    source: { name: ' Evening ', what: 'scores', soundFontId: null, items: [item] },
    newRunId: () => 'run-12345',
    onError,
    ...change,
  });
  return { made, call, onError, hear: (event: StudioEvent) => hear(event) };
}

describe('a music export', () => {
  it('offers every format that the contract has, once', () => {
    const kinds = formatGroups.flatMap(({ formats }) => formats.map(({ kind }) => kind));
    expect(new Set(kinds).size).toBe(kinds.length);
    for (const kind of kinds) expect(formatOf({ ...choices, kind }).kind).toBe(kind);
    expect(kinds).toHaveLength(9);
  });

  it('asks for what is chosen', () => {
    const { made } = session();
    made.choose({ kind: 'wav', wavDepth: '32f', sampleRate: '44100', stems: true });
    expect(musicExportSchema.parse(made.input())).toMatchObject({
      items: [{ name: 'Evening', asset: item.asset, generationIds: item.generationIds }],
      format: { kind: 'wav', depth: '32f', sampleRate: 44_100 },
      stems: true,
      normalise: true,
      embedMetadata: true,
    });
    made.choose({ kind: 'midi' });
    expect(made.input()).toMatchObject({ format: { kind: 'midi' }, stems: false });
    made.choose({ kind: 'opus', opusBitrate: 96 });
    expect(made.input().format).toEqual({ kind: 'opus', bitrate: 96_000 });
  });

  it('of sounds has formats of sound only, and no stems', () => {
    const { made } = session({
      choices: { ...choices, kind: 'midi', stems: true },
      source: { name: 'Rain', what: 'sounds', soundFontId: null, items: [item, { ...item, name: 'Wind' }] },
    });
    expect(made.groups.map(({ group }) => group)).toEqual(['sound']);
    expect(made.input()).toMatchObject({ format: { kind: 'wav' }, stems: false, items: [{ name: 'Evening' }, { name: 'Wind' }] });
  });

  it('tells how far it is, can be cancelled, and is then no failure', async () => {
    const { made, call, onError, hear } = session();
    let refuse: (error: unknown) => void = () => undefined;
    call.mockImplementationOnce(() => new Promise((_, reject) => (refuse = reject)));
    const run = made.run();
    hear({ type: 'music.progress', runId: 'another-run', fraction: 0.9 });
    expect(made.progress).toBe(0);
    hear({ type: 'music.progress', runId: 'run-12345', fraction: 0.4 });
    expect(made.progress).toBe(0.4);
    made.cancel();
    expect(call).toHaveBeenLastCalledWith('music.cancelExport', { runId: 'run-12345' });
    refuse(new AppError('cancelled', 'Stopped.'));
    expect(await run).toBeNull();
    expect(onError).not.toHaveBeenCalled();
    expect(made.running).toBe(false);
  });

  it('says what failed', async () => {
    const { made, call, onError } = session();
    call.mockImplementationOnce(() => Promise.reject(new AppError('disk-full', 'No room.')));
    expect(await made.run()).toBeNull();
    expect(onError).toHaveBeenCalledTimes(1);
  });
});
