/** The canvas's Generate panel: words, regions, live painting. */
import type { Locator, Page } from '@playwright/test';
import { chooseSegment } from './segmented.ts';

export class GenerateHere {
  readonly panel: Locator;
  readonly prompt: Locator;
  readonly startButton: Locator;
  readonly live: Locator;
  /** The live picture over the canvas. */
  readonly overlay: Locator;
  readonly #room: Locator;

  constructor(page: Page) {
    this.#room = page.getByRole('main', { name: 'Canvas', exact: true });
    this.panel = this.#room.getByRole('region', { name: 'Generate', exact: true });
    this.prompt = this.panel.getByLabel('Prompt', { exact: true });
    this.startButton = this.panel.getByRole('button', { name: 'Generate', exact: true });
    this.live = this.panel.getByRole('switch', { name: /^Live painting/ });
    this.overlay = this.#room.getByTestId('live-overlay');
  }

  async open(): Promise<void> {
    await chooseSegment(this.#room, 'Panel', 'Generate');
  }

  async setResults(count: number): Promise<void> {
    const field = this.panel.getByLabel('Results', { exact: true });
    await field.fill(String(count));
    await field.press('Tab');
  }

  async setStrength(strength: number): Promise<void> {
    const field = this.panel.getByLabel('Strength, number');
    await field.fill(String(strength));
    await field.press('Tab');
  }

  async setSteps(steps: number): Promise<void> {
    const details = this.panel.locator('details');
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
    const field = this.panel.getByLabel('Steps, number');
    await field.fill(String(steps));
    await field.press('Tab');
    await details.locator('summary').click();
  }

  /** The mask becomes a region with these words. */
  async addRegion(prompt: string): Promise<void> {
    const regions = this.panel.getByRole('region', { name: 'Regions' });
    const before = await regions.getByRole('listitem').count();
    await regions.getByRole('button', { name: /^Mask as/ }).click();
    await regions.getByLabel(`Region ${String(before + 1)}: prompt`).fill(prompt);
  }
}
