/**
 * `node electron/launch/run.mjs FILE.ts [arguments]`: runs a TypeScript file of Kiln with the Node it needs. npm puts that
 * Node first on the PATH of its scripts, but not where a wrapper or an absolute path decides otherwise; then it is found
 * here. Plain JavaScript, so that any Node can read it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const neededMajor = 24;
const file = process.argv[2];
if (file === undefined) {
  console.error('run.mjs needs the file to run.');
  process.exit(2);
}

if (Number(process.versions.node.split('.')[0]) >= neededMajor) {
  process.argv.splice(1, 2, fileURLToPath(pathToFileURL(file)));
  await import(pathToFileURL(file).href);
} else {
  const binary = process.platform === 'win32' ? 'node.exe' : 'bin/node';
  const node = fileURLToPath(new URL(`../../node_modules/node/${binary}`, import.meta.url));
  if (!existsSync(node)) {
    console.error(`Kiln needs Node ${neededMajor}, this is ${process.versions.node}. Run "npm ci", which brings it along, then try again.`);
    process.exit(1);
  }
  const child = spawn(node, process.argv.slice(2), { stdio: 'inherit' });
  // The child hears the terminal's signals itself; this process only waits for its end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
