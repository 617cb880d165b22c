/** The music room. */
import { expect, type Locator, type Page } from '@playwright/test';

export class MusicPage {
  readonly page: Page;
  readonly room: Locator;
  /** What is asked of the models. */
  readonly panel: Locator;
  readonly takes: Locator;
  readonly tracks: Locator;
  readonly exportDialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.room = page.getByRole('main', { name: 'Music', exact: true });
    this.panel = this.room.getByRole('complementary', { name: 'Compose' });
    this.takes = this.room.getByRole('region', { name: 'Takes', exact: true });
    this.tracks = this.room.getByRole('region', { name: 'Tracks', exact: true });
    this.exportDialog = page.getByRole('dialog', { name: 'Export' });
  }

  async open(): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Rooms' }).getByRole('button', { name: 'Music', exact: true }).click();
    await this.room.waitFor();
  }

  take(name: string | RegExp): Locator {
    return this.takes.getByRole('button', { name, exact: true });
  }

  /** A model was asked; its take comes and is shown. */
  async expectTake(name: string | RegExp, timeoutMs = 60_000): Promise<void> {
    await expect(this.take(name)).toHaveAttribute('aria-pressed', 'true', { timeout: timeoutMs });
  }

  async chooseMode(name: string): Promise<void> {
    await this.panel.getByRole('radiogroup', { name: 'What to do' }).getByText(name, { exact: true }).click();
  }

  async chooseBars(from: number, to: number): Promise<void> {
    for (const [label, bar] of [
      ['From bar', from],
      ['To bar', to],
    ] as const) {
      await this.panel.getByLabel(label).fill(String(bar));
      await this.panel.getByLabel(label).press('Enter');
    }
  }

  /** Only this track is acted on. */
  async chooseOnlyTrack(name: string): Promise<void> {
    const boxes = this.panel.getByRole('group', { name: 'Tracks' }).getByRole('checkbox');
    for (const box of await boxes.all()) await box.uncheck();
    await this.panel.getByRole('group', { name: 'Tracks' }).getByLabel(name, { exact: true }).check();
  }

  async write(): Promise<void> {
    await this.page.keyboard.press('Control+Enter');
  }

  /** Bar and beat at the play head: "1:1". */
  position(): Promise<string> {
    return this.room.getByLabel('Bar and beat').innerText();
  }

  async expectSaved(): Promise<void> {
    await expect(this.room.getByRole('status').filter({ hasText: /^Saved$/ })).toBeVisible();
  }

  /** With the dialog open: chooses a format and presses the button; the file is then on its way. */
  async exportAs(format: string): Promise<void> {
    await this.exportDialog.getByRole('radio', { name: format, exact: true }).check({ force: true });
    await this.exportDialog.getByRole('button', { name: /^Export/ }).click();
  }
}
