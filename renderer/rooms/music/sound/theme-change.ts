/** Canvases draw in the theme's colours and must draw again when it changes. @returns what ends it */
export function onThemeChange(changed: () => void): () => void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', changed);
  const root = new MutationObserver(changed);
  root.observe(document.documentElement, { attributes: true });
  return () => {
    dark.removeEventListener('change', changed);
    root.disconnect();
  };
}

/** A colour of the theme as the element has it: red, green, blue, 0..255. */
export function colourOf(element: Element, property: 'color' | 'background-color' = 'color'): [number, number, number] {
  const [red = 0, green = 0, blue = 0] = (
    getComputedStyle(element)
      .getPropertyValue(property)
      .match(/[\d.]+/g) ?? []
  ).map(Number);
  return [red, green, blue];
}
