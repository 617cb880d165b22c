/** Packages for Linux, macOS and Windows: `npm run build && npx electron-builder`. */
import type { Configuration } from 'electron-builder';

const configuration: Configuration = {
  appId: 'org.kiln.studio',
  productName: 'Kiln',
  copyright: 'MIT licence',
  directories: { output: 'release' },
  // The bundle and, by electron-builder's own rule, the production dependencies.
  files: ['out/**', '!out/*.stamp', 'package.json', 'LICENSE', '!**/*.map'],
  asar: true,
  // Native libraries are loaded by the system, and WebAssembly by name: neither can be read from inside an archive.
  asarUnpack: [
    '**/*.node',
    '**/node_modules/better-sqlite3/**',
    '**/node_modules/onnxruntime-node/**',
    '**/node_modules/onnxruntime-web/**',
    '**/node_modules/sharp/**',
    '**/node_modules/@img/**',
    '**/node_modules/libflacjs/**',
    '**/node_modules/opusscript/**',
    '**/node_modules/wasm-media-encoders/**',
  ],
  extraResources: [{ from: 'models/packs', to: 'models/packs' }],
  // Dependencies ship binaries for N-API, good for Node and Electron alike: nothing is compiled here.
  npmRebuild: false,
  electronFuses: {
    runAsNode: false,
    enableCookieEncryption: true,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
  },
  linux: { target: ['AppImage', 'deb'], category: 'Graphics', maintainer: 'Kiln' },
  mac: { target: ['dmg', 'zip'], category: 'public.app-category.graphics-design', hardenedRuntime: true },
  win: { target: ['nsis'] },
};

export default configuration;
