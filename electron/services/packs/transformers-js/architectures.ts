/** What a folder of each kind has to hold, by the names transformers.js gives to files, inputs and outputs. */
import { AppError } from '../../../../shared/contract/errors.ts';
import type { AudioArchitecture, AudioConvention } from '../../../../shared/domain/music-convention.ts';
import type { PackManifest } from '../../../../shared/domain/pack-manifest.ts';

export interface GraphShape {
  inputs: readonly string[];
  outputs: readonly string[];
  /** Inputs of which the graph may have either, under this name or the other. */
  either?: readonly (readonly [string, string])[];
}

export interface ArchitectureFacts {
  makes: AudioConvention['makes'];
  family: PackManifest['family'];
  /** For people. */
  name: string;
  graphs: Readonly<Record<string, GraphShape>>;
  /** The largest part: the manifest's model. */
  main: string;
  /** Bytes that a voice's file is a multiple of, of this many float32; null: no voices. */
  voices: 'style' | 'speaker' | null;
}

const cached = (inputs: readonly string[], outputs: readonly string[]): GraphShape => ({
  inputs: [...inputs, 'use_cache_branch', 'past_key_values.0.decoder.key'],
  outputs: [...outputs, 'present.0.decoder.key'],
});

export const architectures: Readonly<Record<AudioArchitecture, ArchitectureFacts>> = {
  musicgen: {
    makes: 'music',
    family: 'autoregressive',
    name: 'MusicGen',
    graphs: {
      text_encoder: { inputs: ['input_ids'], outputs: ['last_hidden_state'] },
      decoder_model_merged: cached(['input_ids', 'encoder_hidden_states'], ['logits']),
      encodec_decode: { inputs: ['audio_codes'], outputs: ['audio_values'] },
    },
    main: 'decoder_model_merged',
    voices: null,
  },
  vits: {
    makes: 'speech',
    family: 'vae',
    name: 'VITS',
    graphs: { model: { inputs: ['input_ids'], outputs: ['waveform'] } },
    main: 'model',
    voices: null,
  },
  speecht5: {
    makes: 'speech',
    family: 'autoregressive',
    name: 'SpeechT5',
    graphs: {
      encoder_model: { inputs: ['input_ids'], outputs: ['encoder_outputs', 'encoder_attention_mask'] },
      decoder_model_merged: {
        ...cached(['output_sequence', 'speaker_embeddings'], ['output_sequence_out', 'spectrum', 'prob']),
        either: [['encoder_hidden_states', 'encoder_outputs']],
      },
      vocoder: { inputs: ['spectrogram'], outputs: ['waveform'] },
    },
    main: 'decoder_model_merged',
    voices: 'speaker',
  },
  style_text_to_speech_2: {
    makes: 'speech',
    family: 'other',
    name: 'Kokoro',
    graphs: { model: { inputs: ['input_ids', 'style', 'speed'], outputs: ['waveform'] } },
    main: 'model',
    voices: 'style',
  },
  supertonic: {
    makes: 'speech',
    family: 'flow',
    name: 'Supertonic',
    graphs: {
      text_encoder: { inputs: ['input_ids', 'attention_mask', 'style'], outputs: ['last_hidden_state', 'durations'] },
      latent_denoiser: { inputs: ['noisy_latents', 'style', 'encoder_outputs', 'timestep'], outputs: ['denoised_latents'] },
      voice_decoder: { inputs: ['latents'], outputs: ['waveform'] },
    },
    main: 'latent_denoiser',
    voices: 'style',
  },
};

export const isArchitecture = (modelType: string): modelType is AudioArchitecture => Object.hasOwn(architectures, modelType);

/** Models of sound that people have and that transformers.js, or Kiln, has no way to run. */
const foreign: Readonly<Record<string, string>> = {
  musicgen_melody: 'MusicGen Melody',
  bark: 'Bark',
  parler_tts: 'Parler-TTS',
  fastspeech2_conformer: 'FastSpeech 2 Conformer',
  chatterbox: 'Chatterbox',
  encodec: 'EnCodec alone',
  hifigan: 'a vocoder alone',
};

export const foreignName = (modelType: string): string | undefined => foreign[modelType];

export function unsupportedSound(name: string, action?: string): AppError {
  return new AppError('unsupported', `This is ${name}, which Kiln does not run.`, {
    action: action ?? 'Kiln runs MusicGen (mono), VITS and MMS, SpeechT5, Kokoro and Supertonic, as ONNX folders for transformers.js.',
  });
}
