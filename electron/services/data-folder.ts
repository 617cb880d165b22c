/** Where a user's Kiln lives when nobody says otherwise: the hosts without a windowing toolkit (browser host, CLI) ask here. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

export interface DataFolderOptions {
  /** From `--data`; wins over everything. */
  explicit?: string | undefined;
  env?: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  home?: string;
}

/**
 * The data folder: `--data`, else KILN_DATA, else the platform's convention ($XDG_DATA_HOME/kiln or ~/.local/share/kiln,
 * ~/Library/Application Support/Kiln, %APPDATA%\Kiln). Always absolute; not created here.
 */
export function dataFolder(options: DataFolderOptions = {}): string {
  const env = options.env ?? process.env;
  const home = options.home ?? homedir();
  const chosen = nonEmpty(options.explicit) ?? nonEmpty(env['KILN_DATA']);
  if (chosen !== undefined) return resolve(chosen);
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

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
