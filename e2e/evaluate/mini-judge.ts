/**
 * The judge of `mini.ts`: a small image-text encoder (models/training/mini/judge.py) that shares no weights with the pack and
 * was trained on the training captions alone. It says which of the held-out captions a picture is nearest to.
 */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { z } from 'zod';
import type { PixelImage } from '../../models/pipeline.ts';

const folder = new URL('./mini-judge/', import.meta.url);
const sidePx = 64;

const captionsSchema = z.object({
  /** Share of real pictures whose own caption came first, and among the first five: what a perfect model could reach. */
  onRealPictures: z.object({ top1: z.number(), top5: z.number() }),
  captions: z.array(z.object({ caption: z.string(), ids: z.array(z.int()) })).min(2),
});

export interface Judge {
  captions: string[];
  onRealPictures: { top1: number; top5: number };
  /** Indices of the captions, the nearest first. */
  rank(picture: PixelImage): Promise<number[]>;
}

const open = (file: string): Promise<ort.InferenceSession> => ort.InferenceSession.create(readFileSync(new URL(file, folder)));

function embeddingOf(outputs: ort.InferenceSession.OnnxValueMapType): Float32Array {
  const data = outputs['embedding']?.data;
  if (!(data instanceof Float32Array)) throw new Error('The judge gave no embedding.');
  return data;
}

/** Pixels to NCHW in -1..1; pictures of another size than 64 px are refused, as resizing would be judged too. */
function pixelsOf({ width, height, channels, data }: PixelImage): ort.Tensor {
  if (width !== sidePx || height !== sidePx || channels < 3) throw new Error(`The judge looks at colour pictures of ${String(sidePx)} px.`);
  const plane = sidePx * sidePx;
  const values = Float32Array.from(
    { length: 3 * plane },
    (_, at) => (data[(at % plane) * channels + Math.floor(at / plane)] ?? 0) / 127.5 - 1,
  );
  return new ort.Tensor('float32', values, [1, 3, sidePx, sidePx]);
}

export async function openJudge(): Promise<Judge> {
  const { captions, onRealPictures } = captionsSchema.parse(JSON.parse(readFileSync(new URL('captions.json', folder), 'utf8')));
  const text = await open('text.onnx');
  const image = await open('image.onnx');
  const length = captions[0]?.ids.length ?? 0;
  const ids = BigInt64Array.from(captions.flatMap((caption) => caption.ids.map(BigInt)));
  const texts = embeddingOf(await text.run({ input_ids: new ort.Tensor('int64', ids, [captions.length, length]) }));
  const width = texts.length / captions.length;
  return {
    captions: captions.map(({ caption }) => caption),
    onRealPictures,
    async rank(picture) {
      const seen = embeddingOf(await image.run({ pixels: pixelsOf(picture) }));
      const scores = captions.map((_, index) => seen.reduce((sum, value, at) => sum + value * (texts[index * width + at] ?? 0), 0));
      return captions.map((_, index) => index).toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    },
  };
}
