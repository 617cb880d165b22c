/** POST /upload: streamed bytes in, hashes or an upload id out. What is refused leaves nothing behind. */
import { dirname } from 'node:path';
import { maxImagePixels } from '../../../shared/domain/geometry.ts';
import { tileMediaType } from '../../../shared/domain/asset.ts';
import { tileSize } from '../../../shared/domain/document.ts';
import { AppError } from '../../../shared/contract/errors.ts';
import {
  uploadLimitsBytes,
  uploadQuerySchema,
  uploadResultSchema,
  type UploadQuery,
  type UploadResult,
} from '../../../shared/contract/upload.ts';
import { scoreOfText } from '../../../shared/music/score-json.ts';
import type { AssetStore, ImageService, TransferStore } from '../service-types.ts';
import { putScore } from '../music/score-assets.ts';
import { requireDiskSpace } from '../packs/disk-space.ts';
import { bodyToBytes, bodyToFile, checkDeflated, inflateBody } from './request-body.ts';

export interface UploadServices {
  assets: Pick<AssetStore, 'putBytes' | 'temporaryFile'>;
  images: Pick<ImageService, 'importPicture' | 'storePixels'>;
  transfers: Pick<TransferStore, 'addUpload'>;
}

export async function upload(request: Request, query: URLSearchParams, services: UploadServices): Promise<Response> {
  const parsed = uploadQuerySchema.safeParse(Object.fromEntries(query));
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new AppError('invalid-request', `The upload's address is not in the contract: ${fields}`);
  }
  const result = uploadResultSchema.parse(await receive(request, parsed.data, services));
  return new Response(JSON.stringify(result), {
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
  });
}

async function receive(request: Request, query: UploadQuery, services: UploadServices): Promise<UploadResult> {
  const { assets, images, transfers } = services;
  const limitBytes = uploadLimitsBytes[query.purpose];
  switch (query.purpose) {
    case 'image': {
      const file = assets.temporaryFile('.upload');
      await bodyToFile(request, file, limitBytes);
      const { original, image, width, height, hasAlpha, embedded, foreign } = await images.importPicture(file, query.name);
      return { purpose: 'image', original: original.hash, image: image.hash, width, height, hasAlpha, embedded, foreign };
    }
    case 'pixels': {
      const { width, height, channels } = query;
      if (width * height > maxImagePixels) {
        throw new AppError('image-too-large', `${String(width)} x ${String(height)} pixels are more than Kiln handles.`, {
          action: `Stay below ${String(maxImagePixels / 1_000_000)} megapixels.`,
        });
      }
      const pixels = await inflateBody(request, width * height * channels, limitBytes);
      const { hash } = await images.storePixels(pixels, { width, height }, channels);
      return { purpose: 'pixels', image: hash };
    }
    case 'tile': {
      const bytes = await bodyToBytes(request, limitBytes);
      await checkDeflated(bytes, tileSize * tileSize * query.channels);
      const { hash } = await assets.putBytes(bytes, { mediaType: tileMediaType, size: { width: tileSize, height: tileSize } });
      return { purpose: 'tile', tile: hash };
    }
    case 'score': {
      const score = scoreOfText((await bodyToBytes(request, limitBytes)).toString('utf8'));
      return { purpose: 'score', score: await putScore(assets, score) };
    }
    case 'music':
    case 'pack': {
      const file = assets.temporaryFile('.upload');
      await requireDiskSpace(dirname(file), Number(request.headers.get('Content-Length') ?? '0'), 'This file');
      await bodyToFile(request, file, limitBytes);
      return { purpose: query.purpose, uploadId: transfers.addUpload(file, query.name) };
    }
  }
}
