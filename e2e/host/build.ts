import { execFileSync } from 'node:child_process';

/** The page as users get it. */
export default function build(): void {
  execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--config', 'vite.renderer.config.ts', '--logLevel', 'warn'], {
    stdio: 'inherit',
  });
}
