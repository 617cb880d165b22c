/** The Electron build: main process, inference process and audio worker together, the preload, and the page. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import renderer from './vite.renderer.config.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** What the code reads from beside itself: the probe's graph, and the pronouncing dictionary. */
function dataFiles(): Plugin {
  const files = ['electron/inference/probe/probe-graph.onnx', 'electron/inference/text-to-audio/phonemes/cmudict.br'];
  return {
    name: 'kiln-data-files',
    generateBundle() {
      for (const file of files) this.emitFile({ type: 'asset', fileName: basename(file), source: readFileSync(path(file)) });
    },
  };
}

export default defineConfig({
  main: {
    plugins: [dataFiles()],
    build: {
      outDir: path('out/main'),
      // Dependencies stay packages: several are native, and all are shipped beside the bundle.
      externalizeDeps: true,
      rolldownOptions: {
        input: {
          index: path('electron/main/index.ts'),
          inference: path('electron/inference/entry.ts'),
          audio: path('electron/audio/entry.ts'),
        },
        // One folder for all of it, so that what is found beside a file is found from every chunk.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: path('out/preload'),
      // A sandboxed preload is one CommonJS file that can load nothing but electron.
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: path('electron/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer,
});
