/** The page of the canvas benchmark: 4096 × 4096 pixels in five full layers, four of them blended. */
import { createCanvasEngine } from '../../renderer/canvas/canvas-engine.ts';
import type { PixelSource } from '../../renderer/canvas/canvas-api.ts';
import { documentStateSchema, type BlendMode } from '../../shared/domain/document.ts';
import { ulidFrom } from '../../shared/domain/ids.ts';

const side = 4096;
const modes: BlendMode[] = ['normal', 'normal', 'multiply', 'soft-light', 'screen'];
const frameMs: number[] = [];

/** A picture of gradients and discs; the upper layers let the lower ones through. */
function picture(layer: number): Promise<ImageBitmap> {
  const context = new OffscreenCanvas(side, side).getContext('2d');
  if (context === null) throw new Error('no canvas');
  if (layer === 0) {
    const gradient = context.createLinearGradient(0, 0, side, side);
    gradient.addColorStop(0, '#24518a');
    gradient.addColorStop(0.5, '#c98f4a');
    gradient.addColorStop(1, '#2c6b48');
    context.fillStyle = gradient;
    context.fillRect(0, 0, side, side);
  }
  for (let disc = 0; disc < 200; disc += 1) {
    context.fillStyle = `hsl(${(disc * 37 + layer * 60) % 360} 60% ${30 + ((disc * 13) % 50)}% / ${layer === 0 ? 1 : 0.4})`;
    context.beginPath();
    context.arc((disc * 2749 + layer * 917) % side, (disc * 1613 + layer * 331) % side, 40 + ((disc * 71) % 260), 0, 7);
    context.fill();
  }
  return createImageBitmap(context.canvas);
}

const hashOf = (layer: number): string => layer.toString(16).padStart(64, '0');

const state = documentStateSchema.parse({
  formatVersion: 1,
  canvas: { width: side, height: side },
  layers: modes.map((blendMode, layer) => ({
    id: ulidFrom(layer, new Uint8Array(16)),
    name: `Layer ${layer}`,
    bounds: { x: 0, y: 0, width: side, height: side },
    visible: true,
    locked: false,
    opacity: layer === 0 ? 1 : 0.8,
    blendMode,
    source: hashOf(layer),
    tiles: {},
  })),
  activeLayerId: ulidFrom(2, new Uint8Array(16)),
  mask: { tiles: {} },
});
const source: PixelSource = {
  image: (hash) => picture(Number.parseInt(hash.slice(-2), 16)),
  tile: () => Promise.reject(new Error('there are no tiles')),
};

const engine = createCanvasEngine({ onFrame: (workMs) => frameMs.push(workMs) });
engine.attach(document.querySelector<HTMLDivElement>('#stage') ?? document.createElement('div'));

const bench = {
  engine,
  load: () => engine.load(state, source),
  /** The frames' work since the last call, in milliseconds. */
  take: (): number[] => frameMs.splice(0),
};
export type CanvasBench = typeof bench;
Object.assign(globalThis, { bench });
