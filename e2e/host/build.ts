import { execFileSync } from 'node:child_process';
import { chooseHost, describeHost } from './choose-host.ts';

/** Builds the studio as users get it, for the host that the specs are going to run in. */
export default function build(): void {
  const host = chooseHost();
  console.log(`End-to-end host: ${describeHost(host)}`);
  const tool =
    host.kind === 'electron'
      ? ['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn']
      : ['node_modules/vite/bin/vite.js', 'build', '--config', 'vite.renderer.config.ts', '--logLevel', 'warn'];
  execFileSync(process.execPath, tool, { stdio: 'inherit' });
}
