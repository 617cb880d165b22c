/** Changes to a text field that its own undo takes back, which assigning to `value` would not. */
import type { Selected } from '../../state/generate-weights.ts';

export function replaceText(field: HTMLTextAreaElement, { text, start, end }: Selected): void {
  field.focus();
  // Only what differs is replaced, so that undo marks no more than that.
  const old = field.value;
  let lead = 0;
  while (lead < Math.min(old.length, text.length) && old[lead] === text[lead]) lead += 1;
  let tail = 0;
  while (tail < Math.min(old.length, text.length) - lead && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
  field.setSelectionRange(lead, old.length - tail);
  const inserted = text.slice(lead, text.length - tail);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else enters the field's undo, and it is not going away
  const done = document.execCommand(inserted === '' ? 'delete' : 'insertText', false, inserted);
  if (!done && field.value !== text) {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  field.setSelectionRange(start, end);
}
