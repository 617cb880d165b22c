/** Emphasis by keyboard, as prompt boxes elsewhere have it: Ctrl+Up makes the selection (word:1.1). */

export interface Selected {
  text: string;
  /** Of the selection, in UTF-16 units. */
  start: number;
  end: number;
}

const step = 0.1;
const lowest = 0;
const highest = 3;
const weightedText = /^\((.*):(\d+(?:\.\d+)?)\)$/s;

/**
 * Raises or lowers the weight of the selection by a tenth; without a selection, of the word at the caret. A weight of 1 takes the
 * brackets away. The selection stays on the words, so that pressing again goes on.
 */
export function reweigh(box: Selected, direction: 1 | -1): Selected {
  const { start, end } = widened(trimmed(box.start === box.end ? wordAt(box) : box));
  if (start === end) return box;
  const chosen = box.text.slice(start, end);
  const known = weightedText.exec(chosen);
  const words = known?.[1] ?? chosen;
  const weight = Math.min(highest, Math.max(lowest, Number((Number(known?.[2] ?? 1) + direction * step).toFixed(2))));
  const written = weight === 1 ? words : `(${words}:${String(weight)})`;
  const offset = weight === 1 ? 0 : 1;
  return {
    text: box.text.slice(0, start) + written + box.text.slice(end),
    start: start + offset,
    end: start + offset + words.length,
  };
}

function wordAt({ text, start }: Selected): Selected {
  // Inside a weight's own brackets the whole of it is meant.
  const around = [...text.matchAll(/\([^()]*:\d+(?:\.\d+)?\)/g)].find(
    (found) => found.index < start && start <= found.index + found[0].length,
  );
  if (around !== undefined) return { text, start: around.index, end: around.index + around[0].length };
  const before = /[^\s,()|{}[\]]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
  const after = /^[^\s,()|{}[\]]*/.exec(text.slice(start))?.[0].length ?? 0;
  return { text, start: start - before, end: start + after };
}

function trimmed({ text, start, end }: Selected): Selected {
  const chosen = text.slice(start, end);
  const lead = chosen.length - chosen.trimStart().length;
  const words = chosen.trim();
  return { text, start: start + lead, end: start + lead + words.length };
}

/** A selection of just the words of (words:1.2) takes in the brackets and the number. */
function widened({ text, start, end }: Selected): Selected {
  const tail = /^:\d+(?:\.\d+)?\)/.exec(text.slice(end));
  if (start === 0 || text[start - 1] !== '(' || tail === null) return { text, start, end };
  return { text, start: start - 1, end: end + tail[0].length };
}
