import { parseArgs } from 'node:util';
import { AppError } from '../../shared/contract/errors.ts';

export interface HostArguments {
  port: number;
  data: string | undefined;
  open: boolean;
  help: boolean;
}

export const usage = `Usage: npm start -- [options]
  --port NUMBER   listen on this port of 127.0.0.1 (any free one otherwise)
  --data FOLDER   the library's folder (also KILN_DATA)
  --no-open       do not open a browser
  --browser       use the browser host even where Electron is there
  --help          show this`;

/** Throws invalid-request with what is wrong. */
export function parseHostArguments(args: string[]): HostArguments {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '0' },
        data: { type: 'string' },
        open: { type: 'boolean', default: true },
        browser: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowNegative: true,
    });
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
    if (!(port <= 65_535)) throw new Error(`--port takes a number from 0 to 65535, not ${JSON.stringify(values.port)}.`);
    if (values.data === '') throw new Error('--data takes a folder.');
    return { port, data: values.data, open: values.open, help: values.help };
  } catch (error) {
    throw new AppError('invalid-request', error instanceof Error ? error.message : String(error), { action: usage, cause: error });
  }
}
