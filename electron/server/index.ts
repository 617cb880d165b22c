/** `node electron/server/index.ts`: runs the browser host until it is told to stop. */
import { AppError, toWireError } from '../../shared/contract/errors.ts';
import { causeChain } from '../services/router.ts';
import { parseHostArguments, usage } from './arguments.ts';
import { openBrowser, openerFor } from './browser-opener.ts';
import { startBrowserHost } from './start-browser-host.ts';

async function run(): Promise<void> {
  const options = parseHostArguments(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  const host = await startBrowserHost({ port: options.port, data: options.data });
  console.log(`Kiln is running. Open it in a browser:\n\n  ${host.url}\n`);
  console.log(`The library is in ${host.dataFolder}. Ctrl+C stops Kiln.`);
  const opener = options.open ? openerFor(host.openingUrl()) : null;
  if (opener !== null) openBrowser(opener);

  let stopping = false;
  const stop = (): void => {
    // The second time, whoever asks does not want to wait.
    if (stopping) process.exit(130);
    stopping = true;
    host.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(causeChain(error).join('\n'));
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
}

run().catch((error: unknown) => {
  const { message, action } = toWireError(error);
  console.error(`Kiln could not start: ${message}${action === undefined ? '' : `\n${action}`}`);
  if (!(error instanceof AppError)) console.error(causeChain(error).join('\n'));
  process.exitCode = 1;
});
