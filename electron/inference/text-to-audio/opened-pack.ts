/** What every architecture needs of a pack: configurations read and checked, graphs opened, the tokenizer made. */
import type { PreTrainedTokenizer, Tensor } from '@huggingface/transformers';
import { z } from 'zod';
import { AppError } from '../../../shared/contract/errors.ts';
import type { AudioConvention } from '../../../shared/domain/music-convention.ts';
import { parsePythonJson } from '../../../shared/json/python-json.ts';
import type { AudioParams } from '../../../shared/pipelines/audio.ts';
import type { ModelSession } from '../../../models/runtime.ts';
import type { Library } from './library.ts';
import { bridged, type BeforeRun, type BridgedSession } from './session-bridge.ts';

/** How a run reaches the pack: only what its manifest lists, on the backend of the attempt. */
export interface AudioPackAccess {
  convention: AudioConvention;
  /** A graph whose own draws of chance, if it has any, follow the seed. */
  session(file: string, seed: number): Promise<ModelSession>;
  text(file: string): Promise<string>;
  bytes(file: string): Promise<Uint8Array>;
  has(file: string): boolean;
}

export interface Run {
  params: AudioParams;
  seed: number;
  access: AudioPackAccess;
  library: Library;
  config: Record<string, unknown>;
  tokenizer: PreTrainedTokenizer;
  tokenizerConfig: Record<string, unknown>;
  /** The graph the convention calls so, ready for transformers.js. */
  graph: (name: string, renamed?: Readonly<Record<string, string>>) => Promise<BridgedSession>;
  /** Progress: `steps` may be an estimate. */
  onProgress: (step: number, steps: number) => void;
  /** A remark for the user. */
  note: (text: string) => void;
}

/** What an architecture does with a run. @returns mono, -1..1 */
export type Architecture = (run: Run) => Promise<Float32Array>;

const objectSchema = z.record(z.string(), z.unknown());

/** @throws pack-invalid for what is no JSON object */
export async function jsonOf(access: AudioPackAccess, file: string): Promise<Record<string, unknown>> {
  try {
    return objectSchema.parse(parsePythonJson(await access.text(file)));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('pack-invalid', `${file} of the pack is not a JSON object.`, { action: 'Import the pack again.', cause: error });
  }
}

export async function tokenizerOf(
  library: Library,
  access: AudioPackAccess,
): Promise<{ tokenizer: PreTrainedTokenizer; tokenizerConfig: Record<string, unknown> }> {
  const tokenizerConfig = await jsonOf(access, 'tokenizer_config.json');
  const classes: Record<string, typeof PreTrainedTokenizer> = {
    T5Tokenizer: library.T5Tokenizer,
    VitsTokenizer: library.VitsTokenizer,
    SpeechT5Tokenizer: library.SpeechT5Tokenizer,
  };
  const name = z.string().catch('').parse(tokenizerConfig['tokenizer_class']).replace(/Fast$/, '');
  const kind = classes[name] ?? library.PreTrainedTokenizer;
  const json = await jsonOf(access, 'tokenizer.json');
  try {
    return { tokenizer: new kind(json, tokenizerConfig), tokenizerConfig };
  } catch (error) {
    throw new AppError('pack-invalid', `tokenizer.json of the pack cannot be used: ${reasonOf(error)}`, {
      action: 'Download the model again.',
      cause: error,
    });
  }
}

export async function graphOf(
  access: AudioPackAccess,
  seed: number,
  name: string,
  beforeRun: BeforeRun,
  renamed?: Readonly<Record<string, string>>,
): Promise<BridgedSession> {
  const file = access.convention.graphs[name];
  if (file === undefined) throw new AppError('pack-invalid', `The pack has no graph "${name}".`, { action: 'Import the pack again.' });
  return bridged(await access.session(file, seed), beforeRun, renamed);
}

/** @throws pack-invalid when the configuration lacks it */
export function configNumber(config: Record<string, unknown>, name: string): number {
  const found = z.number().positive().safeParse(config[name]);
  if (!found.success)
    throw new AppError('pack-invalid', `config.json says nothing usable of "${name}".`, { action: 'Download the model again.' });
  return found.data;
}

/** @throws model-output-invalid when the graphs did not give it */
export function soundOf({ Tensor: Class }: Library, outputs: unknown, name: string): Float32Array {
  const found: unknown = typeof outputs === 'object' && outputs !== null ? Reflect.get(outputs, name) : undefined;
  const tensor: unknown = found instanceof Class ? found.to('float32') : undefined;
  if (!(tensor instanceof Class) || !(tensor.data instanceof Float32Array)) {
    throw new AppError('model-output-invalid', `The model gave no "${name}".`, { action: 'Download the model again.' });
  }
  return tensor.data;
}

export interface Tokens {
  input_ids: Tensor;
  attention_mask: Tensor;
}

/** Without truncation: what does not fit is for the caller to say. */
export const tokensOf = ({ tokenizer }: Pick<Run, 'tokenizer'>, text: string): Tokens => tokenizer(text);
export const lengthOf = ({ input_ids: { dims } }: Tokens): number => dims.at(-1) ?? 0;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200);
