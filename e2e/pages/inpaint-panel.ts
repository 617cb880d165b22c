/** Model, seed, number of results and parameters of an inpainting, and its start. */
import type { Locator } from '@playwright/test';

export class InpaintPanel {
  readonly panel: Locator;
  readonly startButton: Locator;
  readonly cancelButton: Locator;
  readonly progress: Locator;

  constructor(panel: Locator) {
    this.panel = panel;
    this.startButton = panel.getByRole('button', { name: 'Inpaint', exact: true });
    this.cancelButton = panel.getByRole('button', { name: 'Cancel', exact: true });
    this.progress = panel.getByRole('progressbar');
  }

  async start(): Promise<void> {
    await this.startButton.click();
  }

  async setSeed(seed: number): Promise<void> {
    await this.#fill('Seed', seed);
  }

  /** How many results to choose from, 1..8. */
  async setResults(count: number): Promise<void> {
    await this.#fill('Results', count);
  }

  async chooseModel(name: string): Promise<void> {
    await this.panel.getByLabel('Model').selectOption({ label: name });
  }

  async setRemoveOnRelease(on: boolean): Promise<void> {
    await this.panel.getByLabel('Remove on release').setChecked(on);
  }

  /** The fields take their value when they are left. */
  async #fill(label: 'Seed' | 'Results', value: number): Promise<void> {
    const field = this.panel.getByLabel(label, { exact: true });
    await field.fill(String(value));
    await field.press('Tab');
  }
}
