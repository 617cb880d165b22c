import type { KeyTarget } from './shortcuts.ts';

const typed = new Set(['text', 'search', 'number', 'email', 'url', 'password', 'date', 'time', 'datetime-local']);

/** What a key press lands on, as far as shortcuts care. */
export function keyTargetOf(target: EventTarget | null): KeyTarget {
  if (!(target instanceof HTMLElement)) return 'page';
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return 'text';
  if (target instanceof HTMLInputElement) return typed.has(target.type) ? 'text' : 'widget';
  if (target instanceof HTMLSelectElement || target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement) return 'widget';
  // Inside a dialog the page behind must not answer.
  if (target.closest('dialog') !== null) return 'text';
  // The canvas can be focused, but all its keys are shortcuts.
  if (target.dataset.keys === 'page') return 'page';
  return target.tabIndex >= 0 ? 'widget' : 'page';
}
