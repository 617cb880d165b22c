/** What surrounds every room: the rail on the left, notices, the queue, the sheet of shortcuts. */
import type { Locator, Page } from '@playwright/test';

export type RoomName =
  'Start' | 'Canvas' | 'Generate' | 'Upscale' | 'Style' | 'Palette' | 'Texture' | 'Music' | 'History' | 'Models' | 'Settings';

export class StudioPage {
  readonly page: Page;
  readonly rail: Locator;
  /** Errors, and the line that says the studio cannot be reached. */
  readonly alerts: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rail = page.getByRole('navigation', { name: 'Rooms' });
    this.alerts = page.getByRole('alert');
  }

  room(name: RoomName): Locator {
    return this.page.getByRole('main', { name, exact: true });
  }

  /** By the rail; the room is then in view. */
  async go(name: RoomName): Promise<void> {
    await this.rail.getByRole('button', { name, exact: true }).click();
    await this.room(name).waitFor();
  }

  async dismissNotices(): Promise<void> {
    const close = this.page.getByRole('button', { name: 'Dismiss' });
    for (let left = await close.count(); left > 0; left -= 1) await close.first().click();
  }

  /** Drops a file on the window, as from a file manager. */
  async drop(file: { name: string; mimeType: string; bytes: Buffer }): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      ({ name, mimeType, base64 }) => {
        const data = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        data.items.add(new File([bytes], name, { type: mimeType }));
        return data;
      },
      { name: file.name, mimeType: file.mimeType, base64: file.bytes.toString('base64') },
    );
    const target = this.page.getByRole('main').first();
    for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer: transfer });
    await transfer.dispose();
  }
}
