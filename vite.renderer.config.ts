/** The page, the same for both hosts. Everything it needs is in the bundle: nothing is fetched from outside. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  root: path('renderer'),
  plugins: [svelte()],
  build: {
    outDir: path('out/renderer'),
    emptyOutDir: true,
    rolldownOptions: { input: path('renderer/index.html') },
    // One page that is loaded from this machine: splitting it would gain nothing.
    chunkSizeWarningLimit: 2000,
    // Its inline start-up script would need a hole in the content security policy.
    modulePreload: { polyfill: false },
  },
});
