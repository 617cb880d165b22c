/** kiln://studio/: the byte routes and the page, answered by the same handler as the browser host's HTTP. */
import type { Protocol } from 'electron';
import { AppError } from '../../shared/contract/errors.ts';
import { errorResponse } from '../services/http/errors.ts';
import type { Studio } from '../services/studio.ts';
import { isStudioUrl, studioScheme } from './studio-origin.ts';

export function serveProtocol(protocol: Pick<Protocol, 'handle'>, studio: Pick<Studio, 'handleRequest'>): void {
  protocol.handle(studioScheme, async (request) =>
    isStudioUrl(request.url) ? studio.handleRequest(request) : errorResponse(new AppError('not-found', 'There is only kiln://studio/.')),
  );
}
