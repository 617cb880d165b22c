import type { RollEngine } from '../roll-engine.ts';

const linePx = 32;
/** A notch of a mouse wheel is some 100 px: a quarter more or less. */
const zoomPerPx = 0.0022;

/**
 * The wheel scrolls pitches, with Shift time; with Control (and so when a touch pad is pinched) it zooms time around the
 * pointer, with Alt the rows.
 */
export function listenToWheel(engine: RollEngine, elements: readonly HTMLElement[]): () => void {
  const ends = new AbortController();
  for (const element of elements) {
    element.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? linePx : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
        const [x, y] = [event.deltaX * unit, event.deltaY * unit];
        const box = element.getBoundingClientRect();
        if (event.ctrlKey || event.metaKey)
          engine.zoomTime(Math.exp(-y * zoomPerPx * (Math.abs(y) < 20 ? 4 : 1)), event.clientX - box.left);
        else if (event.altKey) engine.zoomRows(Math.exp(-(y === 0 ? x : y) * zoomPerPx), event.clientY - box.top);
        else if (event.shiftKey) engine.scrollBy(x === 0 ? y : x, 0);
        else engine.scrollBy(x, y);
      },
      { signal: ends.signal, passive: false },
    );
  }
  return () => ends.abort();
}
