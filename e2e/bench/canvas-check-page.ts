/** The engine alone on a page, with a store in memory: for `specs/canvas-exact.spec.ts`, which looks at pixels. */
import { createCanvasEngine } from '../../renderer/canvas/canvas-engine.ts';
import type { PixelSink, PixelSource, RawPixels } from '../../renderer/canvas/canvas-api.ts';
import { documentStateSchema, type DocumentState } from '../../shared/domain/document.ts';
import { assetHashSchema, ulidFrom } from '../../shared/domain/ids.ts';

const size = { width: 900, height: 700 };
/** Every pair of colour and alpha occurs; two pixels in three are opaque. */
const photo = new Uint8ClampedArray(size.width * size.height * 4);
photo.forEach((_, at) => (photo[at] = at % 4 === 3 && (at >> 2) % 3 !== 0 ? 255 : (Math.imul(at, 2654435761) >>> 20) & 255));

const stored = new Map<string, Uint8Array>();
const sink: PixelSink = {
  tile: (deflated) => {
    const hash = assetHashSchema.parse((stored.size + 1).toString(16).padStart(64, '0'));
    stored.set(hash, deflated);
    return Promise.resolve(hash);
  },
};
const source: PixelSource = {
  image: () => createImageBitmap(new ImageData(photo, size.width, size.height), { premultiplyAlpha: 'none', colorSpaceConversion: 'none' }),
  tile: (hash) => Promise.resolve(stored.get(hash) ?? new Uint8Array()),
};

function stateOf(): DocumentState {
  const base = { visible: true, locked: false, tiles: {}, source: 'f'.repeat(64) };
  return documentStateSchema.parse({
    formatVersion: 1,
    canvas: size,
    layers: [
      { ...base, id: ulidFrom(1, new Uint8Array(16)), name: 'Photo', bounds: { x: 0, y: 0, ...size }, opacity: 1, blendMode: 'normal' },
      {
        ...base,
        id: ulidFrom(2, new Uint8Array(16)),
        name: 'Over',
        bounds: { x: 411, y: 301, ...size },
        opacity: 0.6,
        blendMode: 'multiply',
      },
    ],
    activeLayerId: ulidFrom(1, new Uint8Array(16)),
    mask: { tiles: {} },
  });
}

const engine = createCanvasEngine();
engine.attach(document.querySelector<HTMLDivElement>('#stage') ?? document.createElement('div'));

/** How many visible pixels differ, and whether any does outside a rectangle of the canvas. */
function difference(
  a: Uint8Array | Uint8ClampedArray,
  b: Uint8Array | Uint8ClampedArray,
  inside?: { x: number; y: number; width: number; height: number },
) {
  const found = { pixels: 0, outside: 0 };
  for (let pixel = 0; pixel < a.length / 4; pixel += 1) {
    const at = pixel * 4;
    if (a[at + 3] === 0 && b[at + 3] === 0) continue;
    if (a[at] === b[at] && a[at + 1] === b[at + 1] && a[at + 2] === b[at + 2] && a[at + 3] === b[at + 3]) continue;
    found.pixels += 1;
    const [x, y] = [pixel % size.width, Math.floor(pixel / size.width)];
    const within = inside !== undefined && x >= inside.x && y >= inside.y && x < inside.x + inside.width && y < inside.y + inside.height;
    if (!within) found.outside += 1;
  }
  return found;
}

const kept = new Map<string, Uint8Array>();
const pixelsOf = (pixels: RawPixels | null): Uint8Array => pixels?.data ?? new Uint8Array();

const check = {
  engine,
  open: () => engine.load(stateOf(), source),
  sourceDifference: () => difference(pixelsOf(engine.layerPixels(stateOf().layers[0]?.id ?? engine.addLayer())), photo),
  keep: (name: string): void => void kept.set(name, pixelsOf(engine.flatten())),
  differenceTo: (name: string, inside?: { x: number; y: number; width: number; height: number }) =>
    difference(pixelsOf(engine.flatten()), kept.get(name) ?? new Uint8Array(), inside),
  saveAndReopen: async (): Promise<void> => {
    const { state } = await engine.save(sink);
    await engine.load(documentStateSchema.parse(state), source);
  },
  /** Largest difference of a colour between the screen and the exact flatten, at 100 %, where the flatten is opaque. */
  screenDifference: (): number => {
    const flat = pixelsOf(engine.flatten());
    const screen = document.querySelector<HTMLCanvasElement>('#stage canvas');
    const corner = engine.canvasPoint({ x: 0, y: 0 });
    const shown = screen?.getContext('2d')?.getImageData(-Math.round(corner.x), -Math.round(corner.y), size.width, size.height).data;
    let most = shown === undefined ? 255 : 0;
    shown?.forEach((value, at) => {
      if (at % 4 !== 3 && flat[(at | 3) >>> 0] === 255) most = Math.max(most, Math.abs(value - (flat[at] ?? 0)));
    });
    return most;
  },
};
export type CanvasCheck = typeof check;
Object.assign(globalThis, { check });
