import { describe, expect, it } from 'vitest';
import { installedAudioPack } from '../../../models/testing/audio-packs/manifests.ts';
import { openTinyPack } from '../../../models/testing/tiny-pack.ts';
import { generationRequestSchema } from '../../../shared/domain/generation.ts';
import { checkMemory } from './check-memory.ts';

const { context } = openTinyPack('sd15');
const request = (side: number) =>
  generationRequestSchema.parse({
    kind: 'diffusion',
    projectId: null,
    packId: context.manifest.id,
    seed: 1,
    backend: 'auto',
    placement: null,
    parentId: null,
    inputs: {},
    params: { prompt: 'a', width: side, height: side },
  });
const check = (side: number, totalBytes: number, availableBytes = totalBytes): string[] =>
  checkMemory({ request: request(side), pack: { manifest: context.manifest } }, 1e9, 'cpu', { totalBytes, availableBytes });

describe('memory before a run', () => {
  it('is silent when there is enough', () => expect(check(64, 8e9)).toEqual([]));

  it('remarks on what may be too much, with what would need less', () => {
    const [note] = check(1024, 64e9, 1e9);
    expect(note).toMatch(/GB of memory were expected, 1\.0 GB were free\. Less would do: /);
  });

  it('refuses what cannot be', () => {
    expect(() => check(4096, 1e8)).toThrow(/needs at least .* GB of memory; this machine has/);
    // The weights are a few hundred kilobytes; what the attention over the latents takes is beyond any machine.
    expect(() => check(4096, 24e9)).toThrow(expect.objectContaining({ code: 'out-of-memory' }) as Error);
  });
});

describe('memory before a model of sound runs', () => {
  const { manifest } = installedAudioPack('musicgen');
  const grown = { ...manifest, files: manifest.files.map((file) => (file.path.endsWith('.onnx') ? { ...file, sizeBytes: 1e9 } : file)) };
  const audio = generationRequestSchema.parse({
    kind: 'audio',
    projectId: null,
    packId: manifest.id,
    seed: 1,
    backend: 'auto',
    placement: null,
    parentId: null,
    inputs: {},
    params: { text: 'a' },
  });
  const checkAudio = (totalBytes: number, availableBytes = totalBytes): string[] =>
    checkMemory({ request: audio, pack: { manifest: grown } }, 1e9, 'cpu', { totalBytes, availableBytes });

  it('counts the weights of all its graphs', () => {
    expect(checkAudio(8e9)).toEqual([]);
    expect(checkAudio(8e9, 3e9)).toEqual([expect.stringMatching(/^About 3\.6 GB of memory were expected, 3\.0 GB were free\./)]);
    expect(() => checkAudio(2e9)).toThrow(/needs at least 3\.3 GB/);
  });
});
