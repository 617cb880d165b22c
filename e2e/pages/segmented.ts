/** A row of choices of which one holds. Its radio buttons lie under their labels, so a click goes to the label's words. */
import { expect, type Locator } from '@playwright/test';

/** @param within what holds the group @param group the group's name @param option the choice's words */
export async function chooseSegment(within: Locator, group: string, option: string | RegExp): Promise<void> {
  const row = within.getByRole('radiogroup', { name: group, exact: true });
  await row.getByText(option, { exact: true }).click();
  await expect(row.getByRole('radio', { name: option, exact: true })).toBeChecked();
}
