import { findLayer, type DocumentModel } from '../document/model.ts';

/** Why the active layer cannot be painted on, as a sentence; null when it can. */
export function whyNotPaintable(document: DocumentModel): string | null {
  const layer = findLayer(document, document.activeLayerId);
  if (layer === null) return 'No layer is chosen.';
  if (layer.locked) return 'The layer is locked.';
  if (!layer.visible) return 'The layer is hidden.';
  return null;
}
