/** The installed models. */
import type { Locator, Page } from '@playwright/test';

export class ModelsPage {
  readonly page: Page;
  readonly room: Locator;
  readonly details: Locator;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Models', exact: true });
    this.details = this.room.getByRole('region', { name: 'Model details' });
  }

  model(name: string): Locator {
    return this.room.getByRole('listitem').getByRole('button', { name });
  }

  /** What the details of the chosen model say under a name: "Licence". */
  fact(name: string): Locator {
    const term = this.details.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) });
    return term.locator('xpath=following-sibling::*[1]');
  }

  async add(files: string | string[]): Promise<void> {
    await this.room.getByLabel('Model file').setInputFiles(files);
  }

  async remove(name: string): Promise<void> {
    await this.model(name).click();
    await this.details.getByRole('button', { name: 'Remove', exact: true }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  }
}
