/** Jobs that wait, run or are done. */
import type { Locator, Page } from '@playwright/test';

export class QueuePanel {
  readonly page: Page;
  readonly panel: Locator;
  readonly jobs: Locator;

  constructor(page: Page) {
    this.page = page;
    this.panel = page.getByRole('complementary', { name: 'Queue' });
    this.jobs = this.panel.getByRole('listitem');
  }

  async open(): Promise<void> {
    if (await this.panel.isVisible()) return;
    await this.page
      .getByRole('navigation', { name: 'Rooms' })
      .getByRole('button', { name: /^Queue/ })
      .click();
    await this.panel.waitFor();
  }

  async close(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Close the queue' }).click();
  }

  async pause(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Pause', exact: true }).click();
  }

  async resume(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Resume', exact: true }).click();
  }

  async cancelAll(): Promise<void> {
    await this.panel.getByRole('button', { name: 'Cancel all' }).click();
  }
}
