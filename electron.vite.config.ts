/** The Electron build: main process, inference process and audio worker together, the preload, and the page. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';
import renderer from './vite.renderer.config.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The probe reads its graph from beside its own code. */
function probeGraph(): Plugin {
  return {
    name: 'kiln-probe-graph',
    generateBundle() {
      const source = readFileSync(path('electron/inference/probe/probe-graph.onnx'));
      this.emitFile({ type: 'asset', fileName: 'probe-graph.onnx', source });
    },
  };
}

export default defineConfig({
  main: {
    plugins: [probeGraph()],
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
