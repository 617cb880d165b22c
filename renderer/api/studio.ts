/** The one line to the studio. */
import { createTransport } from './transport.ts';

export const studio = createTransport(window);
