import type { Locator, Page } from '@playwright/test';
import { chooseSegment } from './segmented.ts';

export class SettingsPage {
  readonly page: Page;
  readonly room: Locator;
  readonly backends: Locator;
  readonly embedMetadata: Locator;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Settings', exact: true });
    this.backends = this.room.getByRole('table');
    this.embedMetadata = this.room.getByLabel('Embed generation parameters in exported pictures');
  }

  async chooseTheme(theme: 'As the system' | 'Light' | 'Dark'): Promise<void> {
    await chooseSegment(this.room, 'Theme', theme);
  }

  async chooseBackend(backend: 'Automatic' | 'WebGPU' | 'CPU' | 'WebAssembly'): Promise<void> {
    await chooseSegment(this.room, 'Backend', backend);
  }

  async setHub(address: string): Promise<void> {
    const field = this.room.getByLabel('Address of the hub');
    await field.fill(address);
    await field.press('Enter');
    await this.room.getByRole('button', { name: 'Back to https://huggingface.co' }).waitFor();
  }

  async setEmbedMetadata(on: boolean): Promise<void> {
    await this.embedMetadata.setChecked(on);
  }
}
