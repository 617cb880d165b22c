/** The canvas room. Places in the picture are canvas pixels; how they lie on the screen is read off the status bar. */
import type { Locator, Page } from '@playwright/test';
import { InpaintPanel } from './inpaint-panel.ts';
import { LayersPanel } from './layers-panel.ts';
import { MaskBar } from './mask-bar.ts';
import { ResultTray } from './result-tray.ts';

export interface CanvasPoint {
  x: number;
  y: number;
}

export type ToolLabel =
  | 'Mask brush'
  | 'Mask eraser'
  | 'Mask rectangle'
  | 'Mask ellipse'
  | 'Mask lasso'
  | 'Magic wand'
  | 'Paint brush'
  | 'Paint eraser'
  | 'Fill'
  | 'Eyedropper'
  | 'Move layer'
  | 'Outpaint: extend the canvas'
  | 'Hand';

interface Placement {
  /** Where canvas pixel (0, 0) lies on the page. */
  left: number;
  top: number;
  /** Page pixels per canvas pixel. */
  scale: number;
}

export class CanvasPage {
  readonly page: Page;
  readonly room: Locator;
  readonly picture: Locator;
  readonly tools: Locator;
  readonly options: Locator;
  readonly mask: MaskBar;
  readonly inpaint: InpaintPanel;
  readonly result: ResultTray;
  readonly layers: LayersPanel;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Canvas', exact: true });
    this.picture = this.room.getByRole('group', { name: 'Picture', exact: true });
    this.tools = this.room.getByRole('toolbar', { name: 'Tools', exact: true });
    this.options = this.room.getByRole('toolbar', { name: 'Tool options' });
    this.mask = new MaskBar(this.options.getByRole('group', { name: 'Mask', exact: true }));
    this.inpaint = new InpaintPanel(this.room.getByRole('region', { name: 'Inpaint', exact: true }));
    this.result = new ResultTray(this.room.getByRole('region', { name: 'Result', exact: true }));
    this.layers = new LayersPanel(this.room.getByRole('region', { name: 'Layers', exact: true }));
  }

  get saved(): Locator {
    return this.room.getByRole('status').filter({ hasText: /^Saved$/ });
  }

  get undoButton(): Locator {
    return this.options.getByRole('button', { name: /^Undo/ });
  }

  get redoButton(): Locator {
    return this.options.getByRole('button', { name: /^Redo/ });
  }

  async choose(tool: ToolLabel): Promise<void> {
    await this.tools.getByRole('button', { name: tool, exact: true }).click();
  }

  /** Moves one of the tool's sliders by its number. */
  async setOption(label: 'Size' | 'Hardness' | 'Opacity' | 'Tolerance', value: number): Promise<void> {
    const field = this.options.getByLabel(`${label}, number`);
    await field.fill(String(value));
    await field.press('Enter');
  }

  /** In canvas pixels, as the status bar says. */
  async size(): Promise<{ width: number; height: number }> {
    const [width = 0, height = 0] = numbersIn(
      await this.room
        .getByText(/^\d+ × \d+ px$/)
        .first()
        .innerText(),
    );
    return { width, height };
  }

  async click(at: CanvasPoint): Promise<void> {
    await this.drag([at]);
  }

  /** Presses at the first point, passes through the others and lets go at the last. */
  async drag(points: readonly CanvasPoint[], modifiers: readonly ('Shift' | 'Alt')[] = []): Promise<void> {
    const { left, top, scale } = await this.#placement();
    const [first, ...others] = points.map(({ x, y }) => [left + x * scale, top + y * scale] as const);
    if (first === undefined) return;
    for (const key of modifiers) await this.page.keyboard.down(key);
    await this.page.mouse.move(...first);
    await this.page.mouse.down();
    for (const point of others) await this.page.mouse.move(...point, { steps: 12 });
    await this.page.mouse.up();
    for (const key of modifiers) await this.page.keyboard.up(key);
  }

  /** Like drag, with points as fractions of the canvas. */
  async dragFractions(...fractions: readonly (readonly [x: number, y: number])[]): Promise<void> {
    const { width, height } = await this.size();
    await this.drag(fractions.map(([x, y]) => ({ x: x * width, y: y * height })));
  }

  /** From two places of the pointer and the canvas pixels that the status bar gives for them. */
  async #placement(): Promise<Placement> {
    const box = await this.picture.boundingBox();
    if (box === null) throw new Error('The picture is not on the screen.');
    const ends = [0.4, 0.6].map((part) => ({ x: box.x + box.width * part, y: box.y + box.height * part }));
    const seen = [];
    for (const end of ends) seen.push(await this.#pixelUnder(end));
    const [[a, b], [c, d]] = [ends, seen];
    if (a === undefined || b === undefined || c === undefined || d === undefined || c.x === d.x) {
      throw new Error('The picture is not under the middle of the stage: fit it first.');
    }
    const scale = (b.x - a.x) / (d.x - c.x);
    // The status bar names the pixel that the pointer is in, so the pointer is half a pixel further on average.
    return { left: a.x - (c.x + 0.5) * scale, top: a.y - (c.y + 0.5) * scale, scale };
  }

  async #pixelUnder(at: CanvasPoint): Promise<CanvasPoint> {
    const text = this.room.getByText(/^-?\d+, -?\d+$/);
    // Somewhere else first: what is read then belongs to this place.
    await this.page.mouse.move(0, 0);
    await text.waitFor({ state: 'hidden' });
    await this.page.mouse.move(at.x, at.y);
    const [x = 0, y = 0] = numbersIn(await text.innerText());
    return { x, y };
  }
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/-?\d+/g)].map(([number]) => Number(number));
}
