/** Pictures from words: the prompt, its settings, and what came of it. */
import type { Locator, Page } from '@playwright/test';
import { ExportDialog } from './export-dialog.ts';

export class GeneratePage {
  readonly page: Page;
  readonly room: Locator;
  readonly prompt: Locator;
  readonly negativePrompt: Locator;
  readonly settings: Locator;
  readonly results: Locator;
  /** Every result, finished or not, newest batch first. */
  readonly tiles: Locator;
  /** What can be done with the chosen result. */
  readonly actions: Locator;
  /** Frames that running jobs show in their tiles. */
  readonly previews: Locator;
  readonly export: ExportDialog;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Generate', exact: true });
    this.prompt = this.room.getByRole('textbox', { name: 'Prompt', exact: true });
    this.negativePrompt = this.room.getByRole('textbox', { name: 'Negative prompt' });
    this.settings = page.getByRole('complementary', { name: 'Generate settings' });
    this.results = this.room.getByRole('group', { name: 'Results' });
    this.tiles = this.results.getByRole('listitem');
    this.actions = this.room.getByRole('toolbar', { name: 'Result' });
    this.previews = this.tiles.locator('img[src^="/preview/"]');
    this.export = new ExportDialog(page);
  }

  /** @param state as the tile says: "done", "cancelled" */
  tile(state: string): Locator {
    return this.results.getByRole('button', { name: new RegExp(`, ${state}, seed `) });
  }

  /** Done and in view. */
  get pictures(): Locator {
    return this.tiles.locator('img:not([src^="/preview/"])');
  }

  async setSteps(steps: number): Promise<void> {
    await this.#number('Steps, number', steps);
  }

  async setSize(width: number, height: number): Promise<void> {
    await this.#number('Width', width);
    await this.#number('Height', height);
  }

  async setPictures(count: number): Promise<void> {
    const field = this.room.getByRole('spinbutton', { name: 'Pictures' });
    await field.fill(String(count));
    await field.press('Enter');
  }

  get seed(): Locator {
    return this.settings.getByRole('spinbutton', { name: /^Seed/ });
  }

  get steps(): Locator {
    return this.settings.getByRole('spinbutton', { name: 'Steps, number' });
  }

  async setSeed(seed: number): Promise<void> {
    await this.seed.fill(String(seed));
    await this.seed.press('Enter');
  }

  /** Ctrl+Enter in the prompt. */
  async generate(prompt: string): Promise<void> {
    await this.prompt.fill(prompt);
    await this.prompt.press('Control+Enter');
  }

  async act(action: string): Promise<void> {
    await this.actions.getByRole('button', { name: action }).click();
  }

  /** One of the actions behind a button of the toolbar. */
  async choose(menu: 'Variations' | 'Use again' | 'More actions', action: string | RegExp): Promise<void> {
    await this.actions.getByRole('button', { name: menu }).click();
    await this.actions.getByRole('group', { name: menu }).getByRole('button', { name: action }).click();
  }

  async #number(name: string, value: number): Promise<void> {
    const field = this.settings.getByRole('spinbutton', { name, exact: true });
    await field.fill(String(value));
    await field.press('Enter');
  }
}
