import { describeHostContract } from '../services/testing/host-contract.ts';
import { silentLog } from '../services/testing/scratch-library.ts';
import { serveStudio } from './serve-studio.ts';
import { connectBrowser } from './testing/browser-client.ts';

describeHostContract('The browser host', async (studio) => {
  const served = await serveStudio(studio, { port: 0, log: silentLog });
  const connection = await connectBrowser(served);
  return {
    ...connection,
    async close() {
      await connection.close();
      await served.close();
    },
  };
});
