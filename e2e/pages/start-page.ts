/** The start room: opening a picture, and the documents that were open before. */
import type { Locator, Page } from '@playwright/test';
import { chooseSegment } from './segmented.ts';

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

  /** A new document on transparent paper. */
  async createBlank(width: number, height: number): Promise<void> {
    await this.room.getByRole('button', { name: /^New document/ }).click();
    const dialog = this.page.getByRole('dialog', { name: 'New document' });
    await dialog.getByLabel('Width', { exact: true }).fill(String(width));
    await dialog.getByLabel('Height', { exact: true }).fill(String(height));
    await dialog.getByLabel('Height', { exact: true }).press('Tab');
    await chooseSegment(dialog, 'Background', 'Transparent');
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  }

  /** The picture of a document, which opens it. */
  document(name: string): Locator {
    return this.recent.getByRole('button', { name: `Open ${name}`, exact: true });
  }

  async openRecent(name: string): Promise<void> {
    await this.document(name).first().click();
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#choose(name, 'Rename');
    const field = this.recent.getByRole('textbox', { name: 'Name', exact: true });
    await field.fill(to);
    await field.press('Enter');
  }

  async moveToTrash(name: string): Promise<void> {
    await this.#choose(name, 'Move to the trash');
  }

  async showTrash(on: boolean): Promise<void> {
    const button = this.recent.getByRole('button', { name: 'Trash', exact: true });
    if (((await button.getAttribute('aria-pressed')) === 'true') !== on) await button.click();
  }

  /** From the trash, which must be in view. */
  async restore(name: string): Promise<void> {
    await this.recent.getByRole('button', { name: `Restore ${name}`, exact: true }).click();
  }

  async #choose(name: string, action: string): Promise<void> {
    const more = `More about ${name}`;
    await this.recent.getByRole('button', { name: more, exact: true }).click();
    await this.recent.getByRole('group', { name: more, exact: true }).getByRole('button', { name: action, exact: true }).click();
  }
}
