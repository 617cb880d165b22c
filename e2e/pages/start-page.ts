/** The start room: opening a picture, and the documents that were open before. */
import type { Locator, Page } from '@playwright/test';

export type PictureFile = string | { name: string; mimeType: string; buffer: Buffer };

export class StartPage {
  readonly page: Page;
  readonly room: Locator;
  readonly recent: Locator;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Start', exact: true });
    this.recent = this.room.getByRole('region', { name: 'Recent documents' });
  }

  /** A path, or a file that exists in memory only. Does not wait for the canvas: opening may be refused. */
  async chooseFile(file: PictureFile): Promise<void> {
    await this.room.getByLabel('Picture file').setInputFiles(file);
  }

  /** @param name the document's name, which begins the button's */
  async openRecent(name: string): Promise<void> {
    await this.recent.getByRole('button', { name }).first().click();
  }

  async moveToTrash(name: string): Promise<void> {
    await this.recent.getByRole('button', { name: `Move ${name} to the trash` }).click();
  }
}
