import { describe, expect, it, vi } from 'vitest';
import type { StudioEvent } from '../../shared/contract/events.ts';
import type { Transport } from '../../shared/contract/transport.ts';
import { importPackFiles, packFilesToSend, type ImportPackProgress, type PackFile } from './import-pack-files.ts';
import type { upload } from './upload.ts';

// The page's own line to the studio needs a window.
vi.mock('./studio.ts', () => ({ studio: null }));

const file = (path: string, size = 4): PackFile => ({ path, file: new File([new Uint8Array(size)], path) });
const folder = [
  file('sd/unet/model.onnx', 30),
  file('sd/unet/diffusion_pytorch_model.safetensors', 1000),
  file('sd/unet/diffusion_pytorch_model.bin', 1000),
  file('sd/.git/HEAD'),
  file('sd/sample.png'),
  file('sd/empty.txt', 0),
  file('sd/model_index.json', 10),
];

describe('a folder that was dropped', () => {
  it('leaves out what Kiln cannot use', () => {
    expect(packFilesToSend(folder).map(({ path }) => path)).toEqual(['sd/unet/model.onnx', 'sd/model_index.json']);
    expect(packFilesToSend([file('style.safetensors')]).map(({ path }) => path)).toEqual(['style.safetensors']);
  });

  it('keeps the voices of a speech model', () => {
    const files = [
      file('tts/onnx/model.onnx'),
      file('tts/voices/alba.bin'),
      file('tts/speaker_embeddings.bin'),
      file('tts/pytorch_model.bin'),
    ];
    expect(packFilesToSend(files).map(({ path }) => path)).toEqual([
      'tts/onnx/model.onnx',
      'tts/voices/alba.bin',
      'tts/speaker_embeddings.bin',
    ]);
  });

  it('is sent file by file and imported once, with progress of both halves', async () => {
    let listener: (event: StudioEvent) => void = () => undefined;
    const call = vi.fn((name: string, input: unknown) => {
      if (name === 'packs.import')
        listener({ type: 'packs.importing', importId: (input as { importId: string }).importId, phase: 'check', fraction: 0.5 });
      return Promise.resolve({ manifest: { id: 'sd' } });
    });
    const studio = { call, subscribe: (heard: typeof listener) => ((listener = heard), () => undefined) } as unknown as Transport;
    let number = 0;
    const send = vi.fn((_query: unknown, body: Blob, options: { onProgress?: (fraction: number) => void }) => {
      options.onProgress?.(0.5);
      number += 1;
      return Promise.resolve({ purpose: 'pack', uploadId: `upload-${String(number)}-${String(body.size)}` });
    });
    const told: ImportPackProgress[] = [];
    await importPackFiles(folder, (progress) => told.push(progress), { studio, send: send as unknown as typeof upload, nowMs: () => 0 });
    expect(call.mock.calls).toEqual([
      [
        'packs.import',
        {
          from: {
            kind: 'uploads',
            files: [
              { uploadId: 'upload-1-30', path: 'sd/unet/model.onnx' },
              { uploadId: 'upload-2-10', path: 'sd/model_index.json' },
            ],
            folderName: 'sd',
          },
          licence: null,
          importId: expect.any(String) as string,
        },
      ],
    ]);
    expect(told.map(({ phase, fraction }) => [phase, fraction])).toEqual([
      ['send', 0],
      ['send', 0.375],
      ['send', 0.75],
      ['send', 0.875],
      ['send', 1],
      ['check', 0.5],
    ]);
  });

  it('refuses a folder without a model, and stops the studio’s half too', async () => {
    await expect(importPackFiles([file('a/photo.png')], () => undefined)).rejects.toMatchObject({ code: 'pack-invalid' });
    const controller = new AbortController();
    const call = vi.fn((name: string) => {
      if (name === 'packs.import') controller.abort();
      return Promise.resolve({});
    });
    const studio = { call, subscribe: () => () => undefined } as unknown as Transport;
    const send = (() => Promise.resolve({ purpose: 'pack', uploadId: 'x' })) as unknown as typeof upload;
    await importPackFiles([file('m.onnx')], () => undefined, { studio, send, signal: controller.signal });
    expect(call.mock.calls.map(([name]) => name)).toEqual(['packs.import', 'packs.cancelImport']);
  });
});
