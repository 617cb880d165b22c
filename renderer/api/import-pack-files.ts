/** A folder that was dropped or picked, as one import: its files are sent one by one, then named together. */
import { AppError } from '../../shared/contract/errors.ts';
import type { Transport } from '../../shared/contract/transport.ts';
import type { Pack } from '../../shared/domain/pack.ts';
import { packPathSchema } from '../../shared/domain/pack-path.ts';
import { studio } from './studio.ts';
import { upload } from './upload.ts';

export interface PackFile {
  file: File;
  /** Relative, with forward slashes; the folder's own name may come first. */
  path: string;
}

export interface ImportPackProgress {
  /** send: bytes to the studio; the others are the studio's own. */
  phase: 'send' | 'copy' | 'check' | 'try';
  /** 0..1 of the phase. */
  fraction: number;
  /** While sending; null before enough was sent to tell. */
  remainingMs: number | null;
}

export interface ImportPackOptions {
  name?: string;
  licence?: string | null;
  signal?: AbortSignal;
  /** For tests. */
  studio?: Pick<Transport, 'call' | 'subscribe'>;
  send?: typeof upload;
  nowMs?: () => number;
}

/** Weights that Kiln cannot use, beside an ONNX export: they would double what is sent. */
const useless = /\.(bin|ckpt|pt|pth|msgpack|h5|ot|tflite|gguf)$/i;
/** Voices of speech models are small .bin files beside their graphs; weights of this size are none. */
const voice = /(^|\/)(voices\/[^/]+|speaker_embeddings[^/]*)\.bin$/i;
const mostVoiceBytes = 16 * 1024 * 1024;
const hidden = /(^|\/)(\.|__pycache__\/|__MACOSX\/)/;
const pictures = /\.(png|jpe?g|webp|gif|mp4)$/i;

/** What of a folder is worth sending. */
export function packFilesToSend(files: readonly PackFile[]): PackFile[] {
  const wanted = files.filter(
    ({ path, file }) => file.size > 0 && packPathSchema.safeParse(path).success && !hidden.test(path) && !pictures.test(path),
  );
  const hasGraphs = wanted.some(({ path }) => /\.onnx$/i.test(path));
  const isVoice = ({ path, file }: PackFile): boolean => voice.test(path) && file.size <= mostVoiceBytes;
  const needed = (one: PackFile): boolean => isVoice(one) || (!useless.test(one.path) && !/\.safetensors$/i.test(one.path));
  return hasGraphs ? wanted.filter(needed) : wanted;
}

/** @throws cancelled, disk-full, and whatever packs.import finds wrong */
export async function importPackFiles(
  files: readonly PackFile[],
  onProgress: (progress: ImportPackProgress) => void,
  options: ImportPackOptions = {},
): Promise<Pack> {
  const { signal, send = upload, nowMs = () => performance.now() } = options;
  const line = options.studio ?? studio;
  const chosen = packFilesToSend(files);
  if (chosen.length === 0) {
    throw new AppError('pack-invalid', 'There is no model among these files.', {
      action: 'Choose the folder that holds the model’s .onnx files.',
    });
  }
  const totalBytes = chosen.reduce((sum, { file }) => sum + file.size, 0);
  const startedMs = nowMs();
  let sentBytes = 0;
  const tell = (bytes: number): void => {
    const fraction = Math.min(1, bytes / totalBytes);
    const elapsedMs = nowMs() - startedMs;
    onProgress({ phase: 'send', fraction, remainingMs: fraction > 0 && elapsedMs > 500 ? (elapsedMs / fraction) * (1 - fraction) : null });
  };
  tell(0);
  const uploads = [];
  for (const { file, path } of chosen) {
    const before = sentBytes;
    const { uploadId } = await send({ purpose: 'pack', name: path.slice(-300) }, file, {
      onProgress: (fraction) => tell(before + fraction * file.size),
      ...(signal === undefined ? {} : { signal }),
    });
    sentBytes += file.size;
    tell(sentBytes);
    uploads.push({ uploadId, path });
  }
  const importId = crypto.randomUUID();
  const unsubscribe = line.subscribe((event) => {
    if (event.type === 'packs.importing' && event.importId === importId)
      onProgress({ phase: event.phase, fraction: event.fraction, remainingMs: null });
  });
  const stop = (): void => void line.call('packs.cancelImport', { importId }).catch(() => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await line.call('packs.import', {
      from: { kind: 'uploads', files: uploads, folderName: folderNameOf(chosen) },
      ...(options.name === undefined ? {} : { name: options.name }),
      licence: options.licence ?? null,
      importId,
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    unsubscribe();
  }
}

/** The first part all paths share, as a folder's picker gives them; else the first file's name. */
function folderNameOf(files: readonly PackFile[]): string {
  const first = files[0]?.path ?? '';
  const [top = ''] = first.split('/');
  return (files.every(({ path }) => path.startsWith(`${top}/`)) ? top : first).slice(0, 300);
}
