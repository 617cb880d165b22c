/** What can be done to the mask as a whole, in the bar above the picture. */
import type { Locator } from '@playwright/test';

export class MaskBar {
  readonly bar: Locator;
  readonly clearButton: Locator;

  constructor(bar: Locator) {
    this.bar = bar;
    this.clearButton = bar.getByRole('button', { name: 'Clear the mask' });
  }

  async clear(): Promise<void> {
    await this.clearButton.click();
  }

  async invert(): Promise<void> {
    await this.bar.getByRole('button', { name: 'Invert the mask' }).click();
  }

  async change(how: 'Grow' | 'Shrink' | 'Feather', byPx: number): Promise<void> {
    const menu = await this.#open();
    const amount = menu.getByLabel('By how much');
    await amount.fill(String(byPx));
    await amount.press('Tab');
    await menu.getByRole('button', { name: how, exact: true }).click();
    await this.#close();
  }

  async maskEverything(): Promise<void> {
    const menu = await this.#open();
    await menu.getByRole('button', { name: 'Mask everything' }).click();
    await this.#close();
  }

  /** Starts a download; wrap it in `studio.download`. */
  async exportPng(): Promise<void> {
    const menu = await this.#open();
    await menu.getByRole('button', { name: 'Export PNG' }).click();
  }

  async importFile(path: string): Promise<void> {
    await this.bar.getByLabel('Mask file').setInputFiles(path);
  }

  async #open(): Promise<Locator> {
    const menu = this.bar.getByRole('group', { name: 'Change the mask' });
    if (!(await menu.isVisible())) await this.bar.getByRole('button', { name: 'Change the mask' }).click();
    await menu.waitFor();
    return menu;
  }

  async #close(): Promise<void> {
    await this.bar.getByRole('button', { name: 'Change the mask' }).click();
  }
}
