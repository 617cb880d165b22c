/** The Electron host: a window around the same studio that the browser host serves. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, screen, session, utilityProcess } from 'electron';
import { toWireError } from '../../shared/contract/errors.ts';
import { createServices } from '../services/create-services.ts';
import { dataFolder } from '../services/data-folder.ts';
import { createFileLogger } from '../services/file-logger.ts';
import type { Host } from '../services/host.ts';
import { causeChain } from '../services/router.ts';
import type { Studio } from '../services/studio.ts';
import { closeQuestion, createCloseGuard } from './close-guard.ts';
import { hardenContents, hardenSession } from './hardening.ts';
import { connectIpc } from './ipc-transport.ts';
import { menuTemplate } from './menu.ts';
import { studioPage, studioPrivileges } from './studio-origin.ts';
import { serveProtocol } from './studio-protocol.ts';
import { createUnloadGuard, unsavedQuestion } from './unload-guard.ts';
import { utilityInference } from './utility-inference.ts';
import { windowOptions } from './window-options.ts';
import { loadWindowState, saveWindowState, usualSize } from './window-state.ts';

// Built to out/main/index.js: the other parts of the build are its neighbours.
const outFolder = fileURLToPath(new URL('../', import.meta.url));
const data = dataFolder({ explicit: app.commandLine.getSwitchValue('data') });
const log = createFileLogger(join(data, 'logs'));
const windowStateFile = join(data, 'window.json');

const host: Host = {
  kind: 'electron',
  version: app.getVersion(),
  // The page uses the same dialogs and routes on both hosts; downloads show the native save dialog by themselves.
  capabilities: { nativeDialogs: false, filePaths: false, revealFiles: false },
  paths: {
    data,
    builtInPacks: join(app.isPackaged ? process.resourcesPath : app.getAppPath(), 'models/packs'),
    audioWorker: join(outFolder, 'main/audio.js'),
    renderer: join(outFolder, 'renderer'),
  },
  log,
  spawnInference: () =>
    utilityInference(utilityProcess.fork(join(outFolder, 'main/inference.js'), [], { stdio: 'pipe', serviceName: 'Kiln inference' }), log),
};

let window: BrowserWindow | null = null;
let studio: Studio | null = null;

function showWindow(running: Studio): void {
  const screens = screen.getAllDisplays().map((display) => display.workArea);
  const remembered = loadWindowState(windowStateFile, screens);
  const created = new BrowserWindow(windowOptions(join(outFolder, 'preload/index.cjs'), remembered?.bounds ?? usualSize(screens[0])));
  window = created;
  if (remembered?.maximised === true) created.maximize();
  created.once('ready-to-show', () => created.show());

  const guard = createCloseGuard({
    router: running.router,
    confirm: async (count) => {
      const { message, detail } = closeQuestion(count);
      const buttons = ['Keep working', 'Stop and close'];
      const { response } = await dialog.showMessageBox(created, { type: 'question', message, detail, buttons, defaultId: 0, cancelId: 0 });
      return response === 1;
    },
    close: () => created.close(),
  });
  const unloading = createUnloadGuard({
    again: () => {
      if (created.isDestroyed()) return;
      if (guard.closing) created.close();
      else created.webContents.reload();
    },
    confirm: async () => {
      const buttons = ['Keep open', 'Leave without saving'];
      const { response } = await dialog.showMessageBox(created, {
        type: 'warning',
        ...unsavedQuestion,
        buttons,
        defaultId: 0,
        cancelId: 0,
      });
      return response === 1;
    },
    stayed: () => guard.reset(),
  });
  created.webContents.on('will-prevent-unload', (event) => unloading.onPrevented(event));
  created.webContents.on('did-navigate', () => unloading.reset());
  created.on('close', (event) => {
    saveWindowState(windowStateFile, { bounds: created.getNormalBounds(), maximised: created.isMaximized() });
    guard.onClose(event);
  });
  created.on('closed', () => {
    window = null;
  });
  created.webContents.on('render-process-gone', (_event, details) => {
    log.error('the page crashed', details);
    if (details.reason === 'clean-exit' || created.isDestroyed()) return;
    const message = 'The window of Kiln crashed.';
    const detail = 'Jobs go on. Reload the window to see them; your document was saved a moment ago.';
    void dialog.showMessageBox(created, { type: 'error', message, detail, buttons: ['Reload'] }).then(() => created.reload());
  });
  void created.loadURL(studioPage);
}

async function start(): Promise<void> {
  await app.whenReady();
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform)));
  hardenSession(session.defaultSession, 'Save the exported file');
  const running = await createServices(host, { housekeeping: true });
  studio = running;
  serveProtocol(protocol, running);
  connectIpc({ ipcMain, studio: running, listeners: () => BrowserWindow.getAllWindows().map(({ webContents }) => webContents) });
  showWindow(running);
  app.on('activate', () => {
    if (window === null) showWindow(running);
  });
}

function failed(error: unknown): void {
  log.error('Kiln could not go on', causeChain(error));
  const { message, action } = toWireError(error);
  dialog.showErrorBox('Kiln could not go on', action === undefined ? message : `${message}\n\n${action}`);
  app.exit(1);
}

protocol.registerSchemesAsPrivileged([studioPrivileges]);
app.enableSandbox();
// The window toolkit's own files, beside the library; also what "one instance" is counted by.
app.setPath('userData', join(data, 'window'));
app.on('web-contents-created', (_event, contents) => hardenContents(contents));
app.on('child-process-gone', (_event, details) => log.warn('a helper process ended', details));
process.on('uncaughtException', failed);
process.on('unhandledRejection', (reason) => log.error('a promise was rejected unheard', causeChain(reason)));

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', (event) => {
    const running = studio;
    if (running === null) return;
    event.preventDefault();
    studio = null;
    running.dispose().then(
      () => app.quit(),
      (error: unknown) => {
        log.error('closing the studio failed', causeChain(error));
        app.exit(1);
      },
    );
  });
  start().catch(failed);
} else {
  app.quit();
}
