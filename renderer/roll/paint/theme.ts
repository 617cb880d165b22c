/** The page's colours, as the canvas needs them. */
export interface RollTheme {
  ground: string;
  raised: string;
  sunken: string;
  line: string;
  text: string;
  quiet: string;
  accent: string;
  /** A family, for the labels. */
  font: string;
}

const names = ['ground', 'raised', 'sunken', 'line', 'text', 'quiet', 'accent'] as const;

/** Reads the variables of app.css where `element` is; light-dark() is settled by the browser. */
export function readTheme(element: HTMLElement): RollTheme {
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const colour = (name: (typeof names)[number]): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const [ground = '', raised = '', sunken = '', line = '', text = '', quiet = '', accent = ''] = names.map(colour);
  probe.remove();
  return { ground, raised, sunken, line, text, quiet, accent, font: getComputedStyle(element).fontFamily };
}
