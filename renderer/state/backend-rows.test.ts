import { expect, it } from 'vitest';
import type { Backend, BackendProbe } from '../../shared/domain/backend.ts';
import { backendRows } from './backend-rows.ts';

const probe = (backend: Backend, usable: boolean, reason: string): BackendProbe => ({
  backend,
  usable,
  reason,
  device: null,
  probeMs: 1,
  maxDifference: 0,
  probedAtMs: 0,
});
const report = {
  probes: [probe('webgpu', false, 'No adapter.'), probe('cpu', true, 'Quickest.'), probe('wasm', true, 'Slower.')],
  autoOrder: ['cpu' as const, 'wasm' as const],
};

it('says what is used, what works and what this machine cannot', () => {
  const rows = backendRows(report, { excludedBackends: [] }, null, 'auto');
  expect(rows?.map(({ name, state, words }) => [name, state, words])).toEqual([
    ['WebGPU', 'absent', 'No adapter.'],
    ['CPU', 'used', 'Quickest.'],
    ['WebAssembly', 'works', 'Slower.'],
  ]);
});

it('goes past a backend that failed with this pack, and says why it failed', () => {
  const rows = backendRows(report, { excludedBackends: [{ backend: 'cpu', reason: 'It crashed.' }] }, null, 'auto');
  expect(rows?.map(({ state, words }) => [state, words]).slice(1)).toEqual([
    ['failed', 'It crashed.'],
    ['used', 'Slower.'],
  ]);
});

it('shows what was measured, and what failed while measuring', () => {
  const rows = backendRows(
    report,
    { excludedBackends: [] },
    {
      measuredAtMs: 0,
      unit: 'step',
      results: [
        { worked: true, backend: 'cpu', msPerUnit: 40, totalMs: 160, loadMs: 9 },
        { worked: false, backend: 'wasm', reason: 'Out of memory.' },
      ],
    },
    'auto',
  );
  expect(rows?.map(({ state, speed }) => [state, speed])).toEqual([
    ['absent', null],
    ['used', 40],
    ['failed', null],
  ]);
  expect(backendRows(null, { excludedBackends: [] }, null, 'auto')).toBeNull();
});
