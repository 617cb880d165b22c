/** What an import makes of the tiny packs, for tests that run them without importing. */
import type { AudioConvention } from '../../../shared/domain/music-convention.ts';
import { packManifestSchema, type PackManifest } from '../../../shared/domain/pack-manifest.ts';
import { audioPackFiles, type AudioPackName, type PackFiles } from './packs.ts';

const onnx = (...names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [name, `onnx/${name}.onnx`]));

type Said = Pick<AudioConvention, 'makes' | 'architecture' | 'graphs' | 'sampleRate'> & Partial<AudioConvention>;

const conventions: Record<AudioPackName, Said> = {
  musicgen: {
    makes: 'music',
    architecture: 'musicgen',
    graphs: onnx('text_encoder', 'decoder_model_merged', 'encodec_decode'),
    sampleRate: 32_000,
    longestSeconds: 30,
  },
  vits: { makes: 'speech', architecture: 'vits', graphs: onnx('model'), sampleRate: 16_000 },
  speecht5: {
    makes: 'speech',
    architecture: 'speecht5',
    graphs: { ...onnx('encoder_model', 'decoder_model_merged'), vocoder: 'onnx/decoder_postnet_and_vocoder.onnx' },
    sampleRate: 16_000,
    voices: ['speaker_embeddings'],
  },
  kokoro: {
    makes: 'speech',
    architecture: 'style_text_to_speech_2',
    graphs: onnx('model'),
    sampleRate: 24_000,
    voices: ['af_heart', 'bm_george'],
  },
  supertonic: {
    makes: 'speech',
    architecture: 'supertonic',
    graphs: onnx('text_encoder', 'latent_denoiser', 'voice_decoder'),
    sampleRate: 44_100,
    voices: ['F1', 'M1'],
  },
};

/** The pack's files where an import puts them, and its manifest (with made-up hashes). */
export function installedAudioPack(name: AudioPackName): { manifest: PackManifest; files: PackFiles } {
  const { 'speaker_embeddings.bin': speaker, ...files } = audioPackFiles(name);
  if (speaker !== undefined) files['voices/speaker_embeddings.bin'] = speaker;
  const [model] = Object.values(conventions[name].graphs);
  const manifest = packManifestSchema.parse({
    formatVersion: 1,
    id: name,
    name,
    version: '1.0.0',
    task: 'audio',
    family: 'other',
    licence: null,
    model,
    files: Object.entries(files).map(([path, bytes]) => ({ path, sha256: 'a'.repeat(64), sizeBytes: bytes.length })),
    convention: { task: 'audio', ...conventions[name] },
  });
  return { manifest, files };
}
