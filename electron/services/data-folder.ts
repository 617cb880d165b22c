/** Where a user's Kiln lives when nobody says otherwise: the hosts without a windowing toolkit (browser host, CLI) ask here. */
import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { AppError } from '../../shared/contract/errors.ts';

export interface DataFolderOptions {
  /** From `--data`; wins over everything. */
  explicit?: string | undefined;
  env?: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  home?: string;
}

/**
 * The data folder: `--data`, else KILN_DATA, else the platform's convention ($XDG_DATA_HOME/kiln or ~/.local/share/kiln,
 * ~/Library/Application Support/Kiln, %APPDATA%\Kiln). Always absolute; not created here. Throws invalid-request when the
 * chosen place is a file.
 */
export function dataFolder(options: DataFolderOptions = {}): string {
  const env = options.env ?? process.env;
  const home = options.home ?? homedir();
  const chosen = nonEmpty(options.explicit) ?? nonEmpty(env['KILN_DATA']);
  if (chosen !== undefined) return withoutFileAt(resolve(chosen));
  switch (options.platform ?? process.platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Kiln');
    case 'win32':
      return join(nonEmpty(env['APPDATA']) ?? join(home, 'AppData', 'Roaming'), 'Kiln');
    default: {
      // The XDG specification says to ignore relative values.
      const xdg = nonEmpty(env['XDG_DATA_HOME']);
      return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), 'kiln');
    }
  }
}

function withoutFileAt(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new AppError('invalid-request', `${folder} is a file; the library needs a folder.`, {
      action: 'Choose another place with --data or KILN_DATA.',
    });
  }
  return folder;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
