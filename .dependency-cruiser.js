/** Who may import whom: the table in ARCHITECTURE.md, proved on every lint. Anything not listed there is forbidden here. */
const test = '\\.(test|bench)\\.ts$|/testing/|^electron/services/testing/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'shared-is-pure',
      comment: 'shared/ is TypeScript and zod: it compiles with no DOM and no Node types.',
      severity: 'error',
      from: { path: '^shared/', pathNot: test },
      to: { pathNot: '^(shared/|node_modules/zod/)' },
    },
    {
      name: 'models-know-only-shared',
      comment: 'ONNX is reached through runtime.ts alone; zod reads the data files of packs.',
      severity: 'error',
      from: { path: '^models/', pathNot: ['^models/(tokenizers|audio/soundfont)/', test] },
      to: { pathNot: '^(shared/|models/|node_modules/zod/)' },
    },
    {
      name: 'tokenizers-only-in-their-folder',
      severity: 'error',
      from: { path: '^(shared|models|electron|renderer)/', pathNot: ['^models/tokenizers/', test] },
      to: { path: '^node_modules/@huggingface/tokenizers/' },
    },
    {
      name: 'tokenizers-know-only-theirs',
      severity: 'error',
      from: { path: '^models/tokenizers/', pathNot: test },
      to: { pathNot: '^(shared/|models/|node_modules/(zod|@huggingface/tokenizers)/)' },
    },
    {
      name: 'soundfonts-know-only-theirs',
      severity: 'error',
      from: { path: '^models/audio/soundfont/', pathNot: test },
      to: { pathNot: '^(shared/|models/audio/|node_modules/spessasynth_core/)' },
    },
    {
      name: 'services-are-host-neutral',
      severity: 'error',
      from: { path: '^electron/services/', pathNot: test },
      to: {
        path: [
          '^electron/(inference|audio|main|preload|server|cli|launch)/',
          '^models/',
          '^renderer/',
          '^node_modules/(electron|onnxruntime-[a-z]+|svelte|konva)/',
        ],
      },
    },
    {
      name: 'inference-never-reaches-services',
      severity: 'error',
      from: { path: '^electron/inference/', pathNot: test },
      to: { path: ['^electron/(?!inference/)', '^renderer/', '^node_modules/(electron|better-sqlite3)/'] },
    },
    {
      name: 'audio-worker-knows-only-sound',
      comment: 'It renders scores, encodes sound and reads music files in a thread of its own.',
      severity: 'error',
      from: { path: '^electron/audio/', pathNot: test },
      to: {
        path: [
          '^electron/(?!audio/|services/music/files/)',
          '^models/(?!audio/)',
          '^renderer/',
          '^node_modules/(electron|better-sqlite3|onnxruntime-[a-z]+)/',
        ],
      },
    },
    {
      name: 'transformers-only-in-text-to-audio',
      severity: 'error',
      from: { path: '^(shared|models|electron|renderer)/', pathNot: ['^electron/inference/text-to-audio/', test] },
      to: { path: '^node_modules/@huggingface/transformers/' },
    },
    {
      name: 'onnxruntime-only-in-runtimes',
      severity: 'error',
      from: { path: '^(shared|models|electron|renderer)/', pathNot: ['^electron/inference/runtimes/', test] },
      to: { path: '^node_modules/onnxruntime-' },
    },
    {
      name: 'main-imports-services-only',
      severity: 'error',
      from: { path: '^electron/main/', pathNot: test },
      to: { path: ['^electron/(inference|audio|server|cli|launch|preload)/', '^models/', '^renderer/'] },
    },
    {
      name: 'preload-is-thin',
      severity: 'error',
      from: { path: '^electron/preload/', pathNot: test },
      to: { pathNot: '^(shared/contract/|electron/preload/|node_modules/electron/|electron$|electron/?$)' },
    },
    {
      name: 'no-electron-outside-its-host',
      severity: 'error',
      from: { path: '^(shared|models|renderer|electron)/', pathNot: ['^electron/(main|preload)/', test] },
      to: { path: '^node_modules/electron/' },
    },
    {
      name: 'plain-hosts-import-services-only',
      severity: 'error',
      from: { path: '^electron/(server|cli|launch)/', pathNot: test },
      to: { path: ['^electron/(inference|audio|main|preload)/', '^models/', '^renderer/'] },
    },
    {
      name: 'renderer-knows-only-shared',
      severity: 'error',
      comment: 'The gallery of styles in models/styles is pictures and their titles, no code.',
      from: { path: '^renderer/', pathNot: ['^renderer/audio/', test] },
      to: { path: ['^electron/', '^models/(?!styles/)', '^e2e/', '^node_modules/(electron|better-sqlite3|sharp|ws)/'] },
    },
    {
      name: 'page-audio-plays-what-is-exported',
      comment: 'renderer/audio/ runs the engine of models/audio/ in an AudioWorklet, so that what is heard is what is exported.',
      severity: 'error',
      from: { path: '^renderer/audio/', pathNot: test },
      to: {
        path: ['^electron/', '^models/(?!audio/)', '^renderer/(?!audio/)', '^e2e/', '^node_modules/(svelte|konva|electron|sharp|ws)/'],
      },
    },
    {
      name: 'piano-roll-is-plain-typescript',
      severity: 'error',
      from: { path: '^renderer/roll/', pathNot: test },
      to: { path: ['^renderer/(?!roll/)', '^models/', '^node_modules/svelte/'] },
    },
    {
      name: 'canvas-is-plain-typescript',
      severity: 'error',
      from: { path: '^renderer/canvas/', pathNot: test },
      to: { path: ['^renderer/(?!canvas/)', '^node_modules/svelte/'] },
    },
    {
      name: 'ui-knows-no-state',
      severity: 'error',
      from: { path: '^renderer/ui/' },
      to: { path: '^renderer/(state|rooms|api)/' },
    },
    {
      name: 'e2e-acts-through-the-ui',
      severity: 'error',
      from: { path: '^e2e/', pathNot: '^e2e/(host|bench|evaluate)/' },
      to: { path: '^(models|renderer|electron)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^models/(training|packs)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types', 'svelte'] },
  },
};
