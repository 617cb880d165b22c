/** The line between before and after, dragged by a round handle. */
import { Circle } from 'konva/lib/shapes/Circle.js';
import { Label, Tag } from 'konva/lib/shapes/Label.js';
import { Line } from 'konva/lib/shapes/Line.js';
import { Text } from 'konva/lib/shapes/Text.js';
import Konva from 'konva/lib/Core.js';
import type { Viewport } from './viewport.ts';

const handleRadius = 16;

export class ComparisonDivider {
  readonly #group = new Konva.Group({ visible: false, draggable: true });
  readonly #line = new Line({
    stroke: 'white',
    strokeWidth: 2,
    shadowColor: 'black',
    shadowBlur: 4,
    shadowOpacity: 0.6,
    hitStrokeWidth: 16,
  });
  readonly #handle = new Circle({ radius: handleRadius, fill: 'white', shadowColor: 'black', shadowBlur: 6, shadowOpacity: 0.5 });
  readonly #arrows = new Line({ stroke: '#222', strokeWidth: 2, lineCap: 'round', lineJoin: 'round', listening: false });
  readonly #labels = [label('Before'), label('After')] as const;
  #viewport: Viewport | null = null;

  constructor(layer: Konva.Layer, onMove: (position: number) => void) {
    this.#group.add(this.#line, this.#handle, this.#arrows, ...this.#labels);
    layer.add(this.#group);
    this.#group.on('mouseenter', () => setCursor(this.#group, 'ew-resize'));
    this.#group.on('mouseleave', () => setCursor(this.#group, ''));
    this.#group.on('dragmove', () => {
      const width = this.#viewport?.width ?? 1;
      const x = Math.min(width, Math.max(0, this.#group.x()));
      this.#group.position({ x, y: 0 });
      onMove(x / width);
    });
  }

  update(position: number | null, viewport: Viewport): void {
    this.#viewport = viewport;
    this.#group.visible(position !== null);
    if (position === null) return;
    const middle = viewport.height / 2;
    this.#group.position({ x: position * viewport.width, y: 0 });
    this.#line.points([0, 0, 0, viewport.height]);
    this.#handle.y(middle);
    this.#arrows.points([-4, middle - 5, -9, middle, -4, middle + 5, -9, middle, 9, middle, 4, middle - 5, 9, middle, 4, middle + 5]);
    this.#labels[0].position({ x: -12 - this.#labels[0].width(), y: viewport.height - 32 });
    this.#labels[1].position({ x: 12, y: viewport.height - 32 });
  }
}

/** On a dark ground, so that it can be read on any picture and in both themes. */
function label(text: string): Label {
  const made = new Label({ listening: false });
  made.add(
    new Tag({ fill: 'black', opacity: 0.6, cornerRadius: 4 }),
    new Text({ text, fontSize: 12, fontFamily: 'system-ui, sans-serif', fill: 'white', padding: 5 }),
  );
  return made;
}

export function setCursor(node: Konva.Node, cursor: string): void {
  const content = node.getStage()?.content;
  if (content !== undefined) content.style.cursor = cursor;
}
