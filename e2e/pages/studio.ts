/** All page objects of one window. */
import type { Page } from '@playwright/test';
import { CanvasPage } from './canvas-page.ts';
import { GeneratePage } from './generate-page.ts';
import { HistoryPage } from './history-page.ts';
import { ModelsPage } from './models-page.ts';
import { QueuePanel } from './queue-panel.ts';
import { SettingsPage } from './settings-page.ts';
import { StartPage } from './start-page.ts';
import { StudioPage } from './studio-page.ts';

export interface StudioPages {
  shell: StudioPage;
  start: StartPage;
  canvas: CanvasPage;
  generate: GeneratePage;
  history: HistoryPage;
  models: ModelsPage;
  settings: SettingsPage;
  queue: QueuePanel;
}

export function pagesOf(page: Page): StudioPages {
  return {
    shell: new StudioPage(page),
    start: new StartPage(page),
    canvas: new CanvasPage(page),
    generate: new GeneratePage(page),
    history: new HistoryPage(page),
    models: new ModelsPage(page),
    settings: new SettingsPage(page),
    queue: new QueuePanel(page),
  };
}
