/** Everything that was generated, and how the chosen one was made. */
import type { Locator, Page } from '@playwright/test';

export class HistoryPage {
  readonly page: Page;
  readonly room: Locator;
  readonly details: Locator;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'History', exact: true });
    this.details = page.getByRole('complementary', { name: 'Details' });
  }

  /** @param status as the tile says: "succeeded" */
  tiles(title: string, status = 'succeeded'): Locator {
    return this.room.getByRole('button', { name: `${title}, ${status}` });
  }

  /** "2 generations". */
  total(count: number): Locator {
    return this.room.getByText(count === 1 ? '1 generation' : `${String(count)} generations`, { exact: true });
  }

  async search(text: string): Promise<void> {
    await this.room.getByRole('searchbox').fill(text);
  }

  async choose(title: string): Promise<void> {
    await this.tiles(title).first().click();
  }

  async runAgain(): Promise<void> {
    await this.details.getByRole('button', { name: 'Run again' }).click();
  }

  async openAsDocument(): Promise<void> {
    await this.details.getByRole('button', { name: 'Open as document' }).click();
  }
}
