/** Results that wait to be kept or discarded. */
import type { Locator } from '@playwright/test';

export class ResultTray {
  readonly tray: Locator;
  /** "Result 2 of 3". */
  readonly heading: Locator;
  readonly items: Locator;

  constructor(tray: Locator) {
    this.tray = tray;
    this.heading = tray.getByRole('heading', { level: 2 });
    this.items = tray.getByRole('listbox', { name: 'Results' }).getByRole('option');
  }

  /** @param number from 1 */
  async show(number: number): Promise<void> {
    await this.items.nth(number - 1).click();
  }

  async keep(): Promise<void> {
    await this.tray.getByRole('button', { name: 'Keep', exact: true }).click();
  }

  async discard(): Promise<void> {
    await this.tray.getByRole('button', { name: 'Discard', exact: true }).click();
  }

  /** @param percent of the stage that shows the picture before; 0 turns the comparison off */
  async compare(percent: number): Promise<void> {
    await this.tray.getByLabel('Before / after').fill(String(percent));
  }
}
