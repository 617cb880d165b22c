/** A mask as the list of what was done to it, so that undo is dropping the last one. */
export interface MaskStroke {
  kind: 'stroke';
  erase: boolean;
  /** Diameter in picture pixels. */
  sizePx: number;
  points: readonly { x: number; y: number }[];
}
export type MaskAction = MaskStroke | { kind: 'invert' } | { kind: 'clear' };

/** The part of a 2D context that drawing a mask needs. */
type MaskContext = Pick<
  CanvasRenderingContext2D,
  | 'fillStyle'
  | 'strokeStyle'
  | 'globalCompositeOperation'
  | 'lineWidth'
  | 'lineCap'
  | 'lineJoin'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'stroke'
  | 'fillRect'
  | 'clearRect'
>;

/** Draws one action; the mask is the canvas's alpha. */
export function drawMaskAction(context: MaskContext, action: MaskAction, size: { width: number; height: number }, colour: string): void {
  switch (action.kind) {
    case 'clear':
      context.clearRect(0, 0, size.width, size.height);
      return;
    case 'invert':
      context.globalCompositeOperation = 'xor';
      context.fillStyle = colour;
      context.fillRect(0, 0, size.width, size.height);
      context.globalCompositeOperation = 'source-over';
      return;
    case 'stroke': {
      const [first, ...rest] = action.points;
      if (first === undefined) return;
      context.globalCompositeOperation = action.erase ? 'destination-out' : 'source-over';
      context.strokeStyle = colour;
      context.lineWidth = action.sizePx;
      context.lineCap = 'round';
      context.lineJoin = 'round';
      context.beginPath();
      context.moveTo(first.x, first.y);
      // A line to itself makes the dot of a single click.
      context.lineTo(first.x, first.y);
      for (const point of rest) context.lineTo(point.x, point.y);
      context.stroke();
      context.globalCompositeOperation = 'source-over';
    }
  }
}

/** One byte a pixel from RGBA: masked where more than half covered. Null when nothing is masked. */
export function maskFromRgba(rgba: Uint8ClampedArray): Uint8Array<ArrayBuffer> | null {
  const mask = new Uint8Array(rgba.length / 4);
  let any = false;
  for (let index = 0; index < mask.length; index += 1) {
    if ((rgba[index * 4 + 3] ?? 0) > 127) {
      mask[index] = 255;
      any = true;
    }
  }
  return any ? mask : null;
}
