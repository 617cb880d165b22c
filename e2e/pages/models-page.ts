/** The installed models, and those on their way in. */
import type { Locator, Page } from '@playwright/test';

export class ModelsPage {
  readonly page: Page;
  readonly room: Locator;
  readonly details: Locator;
  /** The licence of the chosen model, where one is asked about it. */
  readonly licence: Locator;
  readonly selfTest: Locator;
  readonly runsOn: Locator;
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Models', exact: true });
    this.details = this.room.getByRole('region', { name: 'Model details' });
    this.licence = this.details.getByRole('region', { name: 'Licence' });
    this.selfTest = this.details.getByRole('region', { name: 'Self-test' });
    this.runsOn = this.details.getByRole('region', { name: 'Runs on' });
    this.dialog = page.getByRole('dialog', { name: 'Download a model' });
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

  async addFolder(folder: string): Promise<void> {
    await this.room.getByLabel('Model folder').setInputFiles(folder);
  }

  async acceptLicence(): Promise<void> {
    await this.licence.getByRole('button', { name: /^(Accept the licence|I know what I may do with it)$/ }).click();
  }

  async test(): Promise<void> {
    await this.selfTest.getByRole('button', { name: /^Try it/ }).click();
  }

  async remove(name: string): Promise<void> {
    await this.model(name).click();
    await this.details.getByRole('button', { name: 'Remove', exact: true }).click();
    await this.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  }

  /** Opens the dialog; allows downloads when Kiln is offline. */
  async openDownloads(): Promise<void> {
    await this.room.getByRole('button', { name: 'Download…' }).click();
    await this.dialog.waitFor();
  }

  async allowDownloads(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Allow downloads' }).click();
  }

  async look(repository: string): Promise<void> {
    await this.dialog.getByLabel('Repository').fill(repository);
    await this.dialog.getByRole('button', { name: 'Look' }).click();
  }

  variant(name: string): Locator {
    return this.dialog.getByRole('radio', { name });
  }

  async startDownload(options: { acceptLicence: boolean }): Promise<void> {
    if (options.acceptLicence) await this.dialog.getByLabel('I have read the licence and accept it').check();
    await this.dialog.getByRole('button', { name: 'Download', exact: true }).click();
  }

  download(name: string): Locator {
    return this.room.getByRole('group', { name: `Download of ${name}` });
  }
}
