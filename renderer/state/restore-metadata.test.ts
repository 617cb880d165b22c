import { describe, expect, it, vi } from 'vitest';
import { embeddedMetadataSchema, type EmbeddedMetadata } from '../../shared/domain/embedded-metadata.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import { generationSchema } from '../../shared/domain/generation.ts';
import { readA1111 } from '../../shared/metadata/a1111.ts';
import { packNamed } from './restore-foreign.ts';
import { offerForeignSettings, offerSettings, type RestoreDependencies } from './restore-metadata.ts';

const hash = 'a'.repeat(64);
const inputsOf: Record<string, object> = {
  inpaint: { image: hash, mask: hash },
  upscale: { image: hash },
  stylize: { image: hash },
  palette: {},
  texture: {},
};

function embedded(kind: string): EmbeddedMetadata {
  const request = {
    kind,
    projectId: null,
    packId: 'kiln-x',
    seed: 4242,
    backend: 'auto',
    placement: null,
    parentId: null,
    inputs: inputsOf[kind],
    params: {},
  };
  const pack = { id: 'kiln-x', name: 'Kiln X', version: '1.0.0', packHash: hash };
  return embeddedMetadataSchema.parse({
    formatVersion: 1,
    software: 'Kiln 1',
    digitalSourceType: 'compositeWithTrainedAlgorithmicMedia',
    generations: [
      { request: { ...request, seed: 1 }, pack, createdAtMs: 1 },
      { request, pack, createdAtMs: 1_700_000_000_000 },
    ],
  });
}

function studioWith(own: object | null, packHash = hash) {
  const call = vi.fn((name: string, input: { filter?: { trashed: boolean } }) =>
    Promise.resolve(
      name === 'history.list'
        ? { items: own === null || input.filter?.trashed === true ? [] : [{ id: 'OWN' }], total: 0, nextCursor: null }
        : { generation: own },
    ),
  );
  const notify = vi.fn<RestoreDependencies['notify']>();
  const navigate = vi.fn<RestoreDependencies['navigate']>();
  const onError = vi.fn();
  const packs = () => [{ manifest: { id: 'kiln-x', version: '1.1.0' }, packHash }] as unknown as Pack[];
  const dependencies = {
    studio: { call },
    notify,
    navigate,
    onError,
    packs,
    holds: () => Promise.resolve(true),
  } as unknown as RestoreDependencies;
  return { dependencies, notify, navigate, onError };
}

describe('settings that come with a picture', () => {
  it.each([
    ['inpaint', 'canvas'],
    ['upscale', 'upscale'],
    ['stylize', 'style'],
    ['palette', 'palette'],
    ['texture', 'texture'],
  ])('of the kind %s open the room %s with every parameter', async (kind, room) => {
    const { dependencies, notify, navigate } = studioWith(null);
    await offerSettings(embedded(kind), 'a.png', dependencies);
    expect(notify.mock.calls[0]![0]).toMatchObject({ level: 'info', text: '', action: { label: 'Restore settings' } });
    expect(notify.mock.calls[0]![0].title).toContain('seed 4242');
    expect(navigate).not.toHaveBeenCalled();
    notify.mock.calls[0]![0].action!.run();
    await vi.waitFor(() => expect(navigate).toHaveBeenCalledTimes(1));
    const [to, what] = navigate.mock.calls[0]!;
    expect(to).toBe(room);
    expect(what.generation?.request).toEqual(embedded(kind).generations[1]!.request);
  });

  it('are those of the generation itself when this library has it', async () => {
    const own = { id: 'OWN', request: { ...embedded('inpaint').generations[1]!.request, title: 'Mine' } };
    const { dependencies, notify, navigate } = studioWith(own);
    await offerSettings(embedded('inpaint'), 'a.png', dependencies);
    notify.mock.calls[0]![0].action!.run();
    await vi.waitFor(() => expect(navigate).toHaveBeenCalledWith('canvas', { generation: own }));
  });

  it('say what cannot be had here', async () => {
    const { dependencies, notify } = studioWith(null, 'b'.repeat(64));
    await offerSettings(embedded('upscale'), 'a.png', { ...dependencies, holds: () => Promise.resolve(false) });
    expect(notify.mock.calls[0]![0]).toMatchObject({
      level: 'warning',
      text: 'It was made with version 1.0.0 of "Kiln X"; 1.1.0 is installed. The pictures it was made from are not in this library.',
    });
    await offerSettings(embedded('upscale'), 'a.png', { ...dependencies, packs: () => [] });
    expect(notify.mock.calls[1]![0].text).toContain('"Kiln X" is not installed');
  });

  it('are not spoken of where there are none', async () => {
    const { dependencies, notify } = studioWith(null);
    await offerSettings(null, 'a.png', dependencies);
    await offerSettings({ ...embedded('texture'), generations: [] }, 'a.png', dependencies);
    expect(notify).not.toHaveBeenCalled();
  });
});

describe('settings of other programs', () => {
  const pack = (id: string, name: string, task: string) =>
    ({ manifest: { id, name, task, version: '1.0.0' }, packHash: hash }) as unknown as Pack;
  const packs = [
    pack('dreamshaper-8', 'Dreamshaper 8', 'diffusion'),
    pack('kiln-mini', 'Kiln Mini', 'diffusion'),
    pack('paper_cut', 'Paper cut', 'lora'),
  ];
  const infotext =
    'a cat <lora:paper-cut:0.5> <lora:glow:1>\nNegative prompt: fog\nSteps: 9, Sampler: Euler a, CFG scale: 4, Seed: 77, Size: 64x96, Model: dreamshaper_8';

  it('open the Generate room with the packs of those names, and say what is absent', () => {
    const { dependencies, notify, navigate } = studioWith(null);
    offerForeignSettings(readA1111(infotext), 'b.png', null, { ...dependencies, packs: () => packs });
    expect(notify.mock.calls[0]![0]).toMatchObject({
      level: 'warning',
      title: '"b.png" was made with AUTOMATIC1111 (dreamshaper_8, seed 77).',
      text: 'Not installed: LoRA "glow".',
    });
    notify.mock.calls[0]![0].action!.run();
    const [room, what] = navigate.mock.calls[0]!;
    expect(room).toBe('generate');
    expect(what.generation).toMatchObject({ size: { width: 64, height: 96 }, pack: { name: 'Dreamshaper 8' } });
    expect(what.generation?.request).toMatchObject({
      kind: 'diffusion',
      packId: 'dreamshaper-8',
      seed: 77,
      params: { prompt: 'a cat', negativePrompt: 'fog', steps: 9, loras: [{ packId: 'paper_cut', weight: 0.5 }] },
    });
    expect(generationSchema.shape.request.safeParse(what.generation?.request).success).toBe(true);
  });

  it('choose another model where theirs is not here', () => {
    const { dependencies, notify } = studioWith(null);
    offerForeignSettings(readA1111(infotext.replace('dreamshaper_8', 'sdxl_base')), 'b.png', packs[1]!, {
      ...dependencies,
      packs: () => packs,
    });
    expect(notify.mock.calls[0]![0].text).toContain('The model "sdxl_base" is not installed: "Kiln Mini" is chosen instead.');
    offerForeignSettings(null, 'b.png', null, dependencies);
    expect(notify).toHaveBeenCalledTimes(1);
  });

  it('find packs by parts of their names too, but not by crumbs', () => {
    expect(packNamed('dreamshaper_8_pruned', packs)?.manifest.id).toBe('dreamshaper-8');
    expect(packNamed('mini', packs)).toBeNull();
    expect(packNamed('', packs)).toBeNull();
  });
});
