/** The document's layers, top first. */
import type { Locator } from '@playwright/test';

export type LayerAction = 'New layer' | 'Duplicate layer' | 'Merge down' | 'Raise layer' | 'Lower layer' | 'Delete layer';

export class LayersPanel {
  readonly panel: Locator;
  readonly rows: Locator;

  constructor(panel: Locator) {
    this.panel = panel;
    this.rows = panel.getByRole('listitem');
  }

  /** Top first. */
  async names(): Promise<string[]> {
    // Of a row's buttons only the one that chooses the layer can be pressed.
    const buttons = await this.rows.locator('button[aria-pressed]').all();
    return Promise.all(buttons.map(async (button) => (await button.getAttribute('aria-label')) ?? ''));
  }

  async choose(name: string): Promise<void> {
    await this.panel.getByRole('button', { name, exact: true }).click();
  }

  async rename(name: string, to: string): Promise<void> {
    await this.panel.getByRole('button', { name, exact: true }).press('F2');
    const field = this.panel.getByLabel('Name of the layer');
    await field.fill(to);
    await field.press('Enter');
  }

  async toggle(what: 'Hide' | 'Show' | 'Lock' | 'Unlock', name: string): Promise<void> {
    await this.panel.getByRole('button', { name: `${what} ${name}`, exact: true }).click();
  }

  /** On the active layer. */
  async act(action: LayerAction): Promise<void> {
    await this.panel.getByRole('button', { name: action, exact: true }).click();
  }

  /** Of the active layer. @param mode as in documents: "multiply" */
  async setBlendMode(mode: string): Promise<void> {
    await this.panel.getByLabel('Blend mode').selectOption(mode);
  }

  /** Of the active layer. */
  async setOpacity(percent: number): Promise<void> {
    const field = this.panel.getByLabel('Opacity, number');
    await field.fill(String(percent));
    await field.press('Enter');
  }
}
