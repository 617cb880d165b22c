import type { Command } from '../command.ts';
import { bytes } from '../output.ts';

export const doctor: Command = {
  summary: 'Say which backends work here, and whether the library is sound',
  usage: 'kiln doctor [--again]',
  help: `Probes each backend once in a process of its own and remembers the answer; --again forgets and probes anew.
Exits with 1 when the library has problems.`,
  options: { again: { type: 'boolean' } },
  whenLocked: 'refuse',
  async run({ studio, output, flags }) {
    const report = await studio.router.call('system.doctor', { again: flags['again'] === true });
    const { library } = report;
    const lines = [
      `Kiln ${report.version}, Node ${report.node}, ${report.platform}`,
      `${report.cpuModel} (${String(report.cpuCount)} cores), ${bytes(report.memoryBytes)} memory`,
      '',
      'Backends',
      ...report.probes.map((probe) => {
        const measured = probe.probeMs === null ? '' : ` ${probe.probeMs.toFixed(2)} ms for the probe.`;
        const difference = probe.maxDifference === null ? '' : ` Largest difference from the CPU: ${probe.maxDifference.toExponential(1)}.`;
        return `  ${probe.backend.padEnd(7)} ${probe.usable ? 'works ' : 'cannot'}  ${probe.reason}${measured}${difference}`;
      }),
      `  auto means: ${report.autoOrder.join(', then ')}`,
      '',
      'Library',
      `  ${library.integrity === 'ok' ? 'sound' : 'HAS PROBLEMS'}: ${String(library.generationCount)} generations, ${String(library.assetCount)} files, ${bytes(library.assetBytes)}`,
      ...library.problems.map((problem) => `  ${problem}`),
      ...(library.freeDiskBytes === null ? [] : [`  ${bytes(library.freeDiskBytes)} free on its disk`]),
    ];
    output.result(lines.join('\n'), { type: 'doctor', report });
    if (library.integrity !== 'ok') process.exitCode = 1;
  },
};
