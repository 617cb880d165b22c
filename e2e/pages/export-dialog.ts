/** The export dialog, from wherever it was opened. */
import type { Locator, Page } from '@playwright/test';
import { chooseSegment } from './segmented.ts';

export class ExportDialog {
  readonly dialog: Locator;
  readonly size: Locator;
  readonly saveButton: Locator;

  constructor(page: Page) {
    this.dialog = page.getByRole('dialog', { name: 'Export', exact: true });
    this.size = this.dialog.getByRole('status', { name: 'Estimated size' });
    this.saveButton = this.dialog.getByRole('button', { name: /^Export/ });
  }

  /** @param format as the button says: "PNG" */
  async chooseFormat(format: string): Promise<void> {
    await chooseSegment(this.dialog, 'Format', format);
  }

  async setFileName(name: string): Promise<void> {
    await this.dialog.getByLabel(/^(File name|Name)$/).fill(name);
  }

  async setEmbed(on: boolean): Promise<void> {
    await this.dialog.getByLabel('Embed how it was made').setChecked(on);
  }

  /** Starts a download; wrap it in `studio.download`. */
  async save(): Promise<void> {
    await this.saveButton.click();
  }
}
