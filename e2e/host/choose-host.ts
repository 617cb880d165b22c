/**
 * Where the specs run: in Electron when its binary is here and there is a display, else in the browser. Nothing is fetched.
 * KILN_E2E_HOST=electron or browser insists.
 */
import { fileURLToPath } from 'node:url';
import { installedBinary } from '../../electron/launch/electron-binary.ts';
import { hasDisplay } from '../../electron/server/browser-opener.ts';
import type { HostChoice } from './running-studio.ts';

const electronFolder = fileURLToPath(new URL('../../node_modules/electron', import.meta.url));

export function chooseHost(): HostChoice {
  const asked = process.env['KILN_E2E_HOST'];
  if (asked === 'browser') return { kind: 'browser', reason: 'as asked' };
  const binary = installedBinary(electronFolder, process.env);
  // As root too: Playwright starts Electron without the sandbox that root cannot have.
  if (binary !== null && hasDisplay(process.platform, process.env)) return { kind: 'electron', binary };
  const reason = binary === null ? "Electron's binary is not installed" : 'there is no display';
  if (asked === 'electron') throw new Error(`KILN_E2E_HOST asks for Electron, but ${reason}.`);
  return { kind: 'browser', reason };
}

export function describeHost(choice: HostChoice): string {
  return choice.kind === 'electron' ? `Electron (${choice.binary})` : `browser (${choice.reason})`;
}
