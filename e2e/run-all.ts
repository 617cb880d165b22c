/** `npm test`: lint, types, unit tests and end-to-end tests, counted together; the last line is "N passed, N failed". */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const reports = mkdtempSync(join(tmpdir(), 'kiln-test-'));
let passed = 0;
let failed = 0;

function run(command: string, args: string[], env: Record<string, string> = {}): boolean {
  console.log(`\n> ${[command, ...args].join(' ')}`);
  return spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}

/** Lint and types count as one test each. */
function check(script: string): void {
  if (run('npm', ['run', '--silent', script])) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED: npm run ${script}`);
  }
}

/** Counts from a report; a runner that left none, or failed beyond what its report says, counts as one failure. */
function count(ok: boolean, file: string, read: (report: unknown) => { passed: number; failed: number }): void {
  const counts = existsSync(file) ? read(JSON.parse(readFileSync(file, 'utf8'))) : { passed: 0, failed: 0 };
  passed += counts.passed;
  failed += !ok && counts.failed === 0 ? 1 : counts.failed;
}

const vitestReport = z.object({ numPassedTests: z.int(), numFailedTests: z.int() });
const playwrightReport = z.object({ stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int() }) });

/** Debian's Chromium: its browser for the e2e specs, its SwiftShader for WebGPU without a graphics card. */
function ensureChromium(): boolean {
  if (existsSync('/usr/bin/chromium')) return true;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('Installing Chromium for the end-to-end tests ...');
    return run('apt-get', ['update', '-qq']) && run('apt-get', ['install', '-y', '-qq', 'chromium'], { DEBIAN_FRONTEND: 'noninteractive' });
  }
  console.log('The end-to-end tests need Chromium: install it (on Debian: apt-get install chromium).');
  return false;
}

if (!ensureChromium()) failed += 1;
check('lint');
check('typecheck');

const unitReport = join(reports, 'unit.json');
const unitOk = run('npx', ['--no', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`]);
count(unitOk, unitReport, (report) => {
  const { numPassedTests, numFailedTests } = vitestReport.parse(report);
  return { passed: numPassedTests, failed: numFailedTests };
});

if (readdirSync('e2e/specs').some((name) => name.endsWith('.spec.ts'))) {
  const e2eReport = join(reports, 'e2e.json');
  const e2eOk = run('npx', ['--no', 'playwright', 'test', '--config', 'e2e/playwright.config.ts', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: e2eReport,
  });
  count(e2eOk, e2eReport, (report) => {
    const { stats } = playwrightReport.parse(report);
    return { passed: stats.expected + stats.flaky, failed: stats.unexpected };
  });
}

rmSync(reports, { recursive: true, force: true });
console.log(`\n${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = failed === 0 ? 0 : 1;
