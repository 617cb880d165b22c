import { AppError } from '../../shared/contract/errors.ts';
import { assetPath } from '../../shared/domain/asset.ts';
import type { AssetHash } from '../../shared/domain/ids.ts';

/** Width and height of a picture of the library. @throws not-found when it is not there any more */
export function assetSize(hash: AssetHash): Promise<{ width: number; height: number }> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve({ width: image.naturalWidth, height: image.naturalHeight });
    image.onerror = () =>
      reject(
        new AppError('not-found', 'A picture that this was made from is not in the library any more.', {
          action: 'Choose another picture to start from.',
        }),
      );
    image.src = assetPath(hash);
  });
}
