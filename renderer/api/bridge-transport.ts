/** Calls and events over Electron's preload bridge. The studio lives as long as the window, so the line is never lost. */
import { AppError } from '../../shared/contract/errors.ts';
import { eventSchema } from '../../shared/contract/events.ts';
import { serverFrameSchema, type PreloadBridge, type Transport } from '../../shared/contract/transport.ts';
import { parseOutput } from './parse-output.ts';

export function createBridgeTransport(bridge: PreloadBridge): Transport {
  return {
    async call(name, input) {
      const frame = serverFrameSchema.parse(await bridge.call(name, input));
      if (frame.type === 'error') throw AppError.fromWire(frame.error);
      return parseOutput(name, frame.type === 'result' ? frame.output : undefined);
    },
    subscribe: (listener) =>
      bridge.subscribe((event) => {
        const parsed = eventSchema.safeParse(event);
        if (parsed.success) listener(parsed.data);
      }),
    onConnection(listener) {
      listener('connected');
      return () => undefined;
    },
  };
}
