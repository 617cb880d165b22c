/** Bench figures of the palette studio and the texture lab: how quick they are, and what the pipeline adds to the bare graphs. */
import { drawFieldNoise, fieldCount, fieldHalo, fieldStrip, prepareFields } from '../../models/components/texture-fields.ts';
import type { PixelImage } from '../../models/pipeline.ts';
import { openPack } from '../../models/testing/run-pack.ts';
import { timed, type Figure } from './figure.ts';

const figure = (what: string, took: number, limitMs: number): Figure => ({
  what,
  measured: `${took.toFixed(0)} ms`,
  limit: `${String(limitMs)} ms`,
  ok: took <= limitMs,
});

export async function paletteFigures(): Promise<Figure[]> {
  const pack = openPack('kiln-palette');
  const image: PixelImage = { width: 1155, height: 866, channels: 3, data: new Uint8Array(1155 * 866 * 3) };
  for (let index = 0; index < image.data.length; index += 1) image.data[index] = (index * 7 + (index >> 9)) % 251;
  let seed = 0;
  const next = (): { seed: number } => ({ seed: (seed += 1) });
  return [
    figure('Palette: 8 new palettes, ranked', await timed(5, () => pack.run({}, { count: 8 }, next())), 300),
    figure(
      'Palette: 8 palettes around 2 locked colours',
      await timed(3, () => pack.run({}, { colours: ['#204060', '#e8c070'], count: 8 }, next())),
      1500,
    ),
    figure('Palette: from a picture of 1 MP', await timed(3, () => pack.run({ image }, { mode: 'extract' })), 500),
    figure(
      'Palette: recolour, per megapixel',
      await timed(3, () => pack.run({ image }, { mode: 'recolour', colours: ['#102040', '#e0c080'] })),
      1500,
    ),
  ];
}

export async function textureFigures(): Promise<Figure[]> {
  const pack = openPack('kiln-texture');
  const session = await pack.session();
  const latent = new Float32Array(32).fill(0.2);
  const figures = [
    figure('Texture: live tile of 128 px', await timed(9, () => pack.run({}, { x: 0.3, y: 0.6, sizePx: 128, maps: false })), 60),
    figure('Texture: 1024 px with maps (1 MP)', await timed(2, () => pack.run({}, { x: 0.3, y: 0.6, sizePx: 1024 })), 6000),
  ];
  const side = 256;
  const fields = fieldStrip(prepareFields(side, drawFieldNoise(side, 1)), 0, side);
  const feeds = {
    z: { type: 'float32' as const, dims: [1, latent.length], data: latent },
    fields: { type: 'float32' as const, dims: [1, fieldCount, side + 2 * fieldHalo, side + 2 * fieldHalo], data: fields },
  };
  const bare = await timed(9, () => session.run(feeds));
  const whole = await timed(9, () => pack.run({}, { x: 0.3, y: 0.6, sizePx: side, maps: false }));
  figures.push({
    what: 'Texture: pipeline against bare graph, 256 px, dragging',
    measured: `${(whole / bare).toFixed(2)} × (${whole.toFixed(0)} ms, ${bare.toFixed(0)} ms)`,
    limit: '1.10 ×',
    ok: whole / bare <= 1.1,
  });
  return figures;
}
