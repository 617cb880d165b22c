/** Everything that was generated, and how the chosen one was made. */
import type { Locator, Page } from '@playwright/test';
import { ExportDialog } from './export-dialog.ts';
import { chooseSegment } from './segmented.ts';

export class HistoryPage {
  readonly page: Page;
  readonly room: Locator;
  readonly grid: Locator;
  readonly details: Locator;
  /** What can be done to several at once; there while something is selected. */
  readonly selection: Locator;
  readonly export: ExportDialog;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'History', exact: true });
    this.grid = this.room.getByRole('listbox', { name: 'Generations' });
    this.details = page.getByRole('complementary', { name: 'Details' });
    this.selection = this.room.getByRole('toolbar', { name: 'Selected generations' });
    this.export = new ExportDialog(page);
  }

  /** @param state as the tile says: "Inpaint, finished" */
  tiles(title: string, state = ''): Locator {
    return this.grid.getByRole('option', { name: `${title}, ${state}` });
  }

  /** "2 generations". */
  total(count: number): Locator {
    const text = count === 1 ? '1 generation' : `${count.toLocaleString()} generations`;
    return this.room.getByRole('status').filter({ hasText: text });
  }

  async search(text: string): Promise<void> {
    await this.room.getByRole('searchbox', { name: 'Search' }).fill(text);
  }

  async showTrash(on: boolean): Promise<void> {
    await chooseSegment(this.room, 'Place', on ? /Trash/ : 'History');
  }

  /** Shows the newest of that title. */
  async choose(title: string): Promise<void> {
    await this.tiles(title).first().click();
  }

  /** Adds to what is selected. */
  async alsoChoose(tile: Locator): Promise<void> {
    await tile.click({ modifiers: ['ControlOrMeta'] });
  }

  async act(action: 'Run again' | 'Run with changes' | 'Open as document' | 'Use as layer' | 'Restore from the trash'): Promise<void> {
    await this.details.getByRole('button', { name: action, exact: true }).click();
  }

  async openExport(): Promise<void> {
    await this.details.getByRole('button', { name: 'Export…' }).click();
    await this.export.dialog.waitFor();
  }

  async addTag(tag: string): Promise<void> {
    await this.details.getByRole('combobox', { name: /tag/i }).fill(tag);
    await this.details.getByRole('button', { name: 'Add the tag' }).click();
  }
}
