/** The engine's name among the page's AudioWorklet processors. */
export const processorName = 'kiln-engine';
