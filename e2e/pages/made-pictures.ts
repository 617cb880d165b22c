/** Something in the history to work with. */
import { expect } from '@playwright/test';
import type { RunningStudio } from '../host/running-studio.ts';
import { pagesOf, type StudioPages } from './studio.ts';

/** Opens the dune, inpaints a small part with two seeds, keeps one result, and goes to the history. */
export async function makeTwo(studio: RunningStudio): Promise<StudioPages> {
  const pages = pagesOf(studio.page);
  const { shell, start, canvas, history } = pages;
  await start.chooseFile('e2e/fixtures/dune.jpg');
  await expect(canvas.room).toBeVisible();
  await canvas.choose('Mask brush');
  await canvas.dragFractions([0.3, 0.84], [0.36, 0.83]);
  await expect(canvas.mask.clearButton).toBeEnabled();
  await canvas.inpaint.setSeed(7);
  await canvas.inpaint.setResults(2);
  await canvas.inpaint.start();
  await expect(canvas.result.heading).toHaveText(/of 2$/, { timeout: 90_000 });
  await canvas.result.keep();
  await expect(canvas.saved).toBeVisible();
  await shell.go('History');
  await expect(history.total(2)).toBeVisible();
  return pages;
}
