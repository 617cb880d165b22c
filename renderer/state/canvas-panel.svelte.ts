/** Which of the canvas's two panels is open: it also says what Ctrl+Enter does. */
import { z } from 'zod';
import { recall, remember } from './remembered.ts';

const panelSchema = z.enum(['inpaint', 'generate']);
export type CanvasPanelName = z.infer<typeof panelSchema>;

class CanvasPanel {
  #shown: CanvasPanelName = $state(recall('canvas.panel', panelSchema) ?? 'inpaint');

  get shown(): CanvasPanelName {
    return this.#shown;
  }
  set shown(shown: CanvasPanelName) {
    this.#shown = shown;
    remember('canvas.panel', shown);
  }
}

export const canvasPanel = new CanvasPanel();
