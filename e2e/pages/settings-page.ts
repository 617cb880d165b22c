import type { Locator, Page } from '@playwright/test';

export class SettingsPage {
  readonly page: Page;
  readonly room: Locator;
  readonly backends: Locator;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Settings', exact: true });
    this.backends = this.room.getByRole('table');
  }

  async chooseTheme(theme: 'As the system' | 'Light' | 'Dark'): Promise<void> {
    await this.#choose('Theme', theme);
  }

  async chooseBackend(backend: 'Automatic' | 'WebGPU' | 'CPU' | 'WebAssembly'): Promise<void> {
    await this.#choose('Backend', backend);
  }

  async setEmbedMetadata(on: boolean): Promise<void> {
    await this.room.getByLabel('Embed generation parameters in exported pictures').setChecked(on);
  }

  async #choose(group: string, option: string): Promise<void> {
    await this.room.getByRole('radiogroup', { name: group }).getByRole('radio', { name: option, exact: true }).check();
  }
}
