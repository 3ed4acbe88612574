/**
 * Runs the tests against the BigQuery emulator: `node lane.ts [jest's arguments]`. Without a Python that fits they are
 * skipped, and everybody is told so.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { emulatorPython, findPython, NO_PYTHON } from './python.ts';

const JEST = fileURLToPath(new URL('../../../node_modules/jest/bin/jest.js', import.meta.url));
const CONFIG = fileURLToPath(new URL('../jest.config.json', import.meta.url));

async function lane(args: readonly string[]): Promise<number> {
  if ((await findPython()) === null) {
    process.stderr.write(`${box(['THE TESTS AGAINST BIGQUERY WERE SKIPPED', NO_PYTHON])}\n`);
    process.stderr.write('\n0 passed, 0 failed, 1 skipped\n');
    return 0;
  }
  await emulatorPython();
  const flags = ['--experimental-vm-modules', '--no-warnings'];
  const jest = spawn(process.execPath, [...flags, JEST, '--config', CONFIG, ...args], { stdio: 'inherit' });
  const [code] = (await once(jest, 'exit')) as [number | null];
  return code ?? 1;
}

/** Lines that cannot be overlooked. */
function box(lines: readonly string[]): string {
  const width = Math.max(...lines.map(({ length }) => length));
  const rule = `+${'-'.repeat(width + 2)}+`;
  return [rule, ...lines.map((line) => `| ${line.padEnd(width)} |`), rule].join('\n');
}

process.exitCode = await lane(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n\n0 passed, 1 failed, 0 skipped\n`,
  );
  return 1;
});
