import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { embeddedMetadataSchema, type EmbeddedMetadata } from '../../../shared/domain/embedded-metadata.ts';
import { encodePicture } from '../export/encode-picture.ts';
import { readEmbedded } from './embedded-metadata.ts';
import { exifWithComment, jpegWithExif, readExifTexts } from './exif.ts';
import { foreignIn } from './foreign-metadata.ts';
import { readPngTexts, withPngText } from './png-text.ts';

const infotext = 'größe 猫\nSteps: 9, Sampler: Euler a, CFG scale: 4, Seed: 77, Size: 64x96';

function made(kind: 'diffusion' | 'texture', params: object): EmbeddedMetadata {
  return embeddedMetadataSchema.parse({
    formatVersion: 1,
    software: 'Kiln 1.0.0',
    digitalSourceType: 'trainedAlgorithmicMedia',
    generations: [
      {
        request: {
          kind,
          projectId: null,
          packId: 'kiln-mini',
          seed: 42,
          backend: 'auto',
          placement: null,
          parentId: null,
          inputs: {},
          params,
        },
        pack: { id: 'kiln-mini', name: 'Kiln Mini', version: '1.0.0', packHash: 'a'.repeat(64) },
        createdAtMs: 1,
        size: { width: 128, height: 96 },
        scheduler: 'DDIMScheduler',
      },
    ],
  });
}

const picture = () =>
  sharp({ create: { width: 32, height: 24, channels: 3, background: '#c84' } })
    .png()
    .toBuffer();
const options = { quality: 80, lossless: false, background: '#ffffff' } as const;

/** One PNG text chunk of any type in front of a file's others. */
function withChunk(png: Buffer, type: string, data: Buffer): Buffer {
  const marked = withPngText(png, 'x', 'y'.repeat(data.length - 2));
  const at = 8 + 12 + png.readUInt32BE(8);
  marked.write(type, at + 4, 'latin1');
  data.copy(marked, at + 8);
  return marked;
}

describe('pictures of a diffusion run', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('carry the settings for other programs in %s, and Kiln’s own', async (format) => {
    const metadata = made('diffusion', { prompt: 'ein großer Apfel, 猫', negativePrompt: 'grey', steps: 12 });
    const file = await encodePicture(await picture(), { width: 32, height: 24 }, { ...options, format }, metadata);
    const { exif, xmp, width } = await sharp(file).metadata();
    expect(width).toBe(32);
    await sharp(file).raw().toBuffer();
    expect(readEmbedded(file, xmp?.toString('utf8'))?.generations[0]?.request.seed).toBe(42);
    expect(foreignIn(file, exif)).toMatchObject({
      seed: 42,
      model: 'Kiln Mini',
      params: { prompt: 'ein großer Apfel, 猫', negativePrompt: 'grey', steps: 12, sampler: 'DDIMScheduler', width: 128, height: 96 },
    });
    if (format === 'png') expect([...readPngTexts(file, ['parameters', 'invokeai_metadata', 'kiln']).keys()]).toHaveLength(3);
  });

  it('of other kinds carry Kiln’s own alone', async () => {
    for (const format of ['png', 'jpeg', 'webp'] as const) {
      const file = await encodePicture(await picture(), { width: 32, height: 24 }, { ...options, format }, made('texture', {}));
      expect(foreignIn(file, (await sharp(file).metadata()).exif)).toBeNull();
    }
  });
});

describe('other programs’ pictures', () => {
  it('are read from every kind of text chunk', async () => {
    const png = await picture();
    const utf8 = Buffer.from(`parameters\0${infotext}`, 'utf8');
    const deflated = Buffer.concat([Buffer.from('parameters\0\0', 'latin1'), deflateSync(Buffer.from(infotext, 'utf8'))]);
    for (const file of [withPngText(png, 'parameters', infotext), withChunk(png, 'tEXt', utf8), withChunk(png, 'zTXt', deflated)]) {
      expect(foreignIn(file, undefined)).toMatchObject({ seed: 77, params: { prompt: 'größe 猫' } });
    }
    const latin = withChunk(png, 'tEXt', Buffer.from(`parameters\0größe\nSteps: 9, Seed: 1`, 'latin1'));
    expect(foreignIn(latin, undefined)?.params.prompt).toBe('größe');
  });

  it('are read from EXIF in either byte order, and damage is passed over', async () => {
    const block = exifWithComment(infotext);
    expect(readExifTexts(block).get('UserComment')).toBe(infotext);
    const little = Buffer.from(block);
    little.set(Buffer.from(infotext, 'utf16le'), 52);
    expect(readExifTexts(little).get('UserComment')).toBe(infotext);
    const ascii = exifWithComment('');
    expect(readExifTexts(Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), ascii])).get('UserComment')).toBe('');
    for (let cut = 0; cut < block.length; cut += 3) expect(() => readExifTexts(block.subarray(0, cut))).not.toThrow();
    const wild = Buffer.from(block);
    wild.writeUInt32BE(0xffff_fff0, 18);
    expect(readExifTexts(wild).has('UserComment')).toBe(false);
    const jpeg = await sharp(await picture())
      .jpeg()
      .toBuffer();
    expect(jpegWithExif(jpeg, exifWithComment('x'.repeat(40_000)))).toBe(jpeg);
  });
});
