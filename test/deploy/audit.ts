/**
 * `npm run test:audit`: are there known vulnerabilities, high or critical, in what the image holds? Where the registry
 * serves no audits, or there is no network, the answer is neither yes nor no, and that is said.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const LEVELS = ['high', 'critical'] as const;

interface Report {
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity: string; readonly range: string; readonly fixAvailable: unknown }>
  >;
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  /** Set instead of the others where the audit could not be had. */
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}

const result = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: fileURLToPath(new URL('../../', import.meta.url)),
  encoding: 'utf8',
  timeout: 120_000,
});
const report = parse(result.stdout ?? '');

if (report?.metadata === undefined) {
  const reason = report?.message ?? report?.error?.summary ?? result.error?.message ?? result.stderr.trim();
  say('SKIPPED: no audit could be had, so nothing is known about vulnerabilities of production packages.');
  say(`  ${reason.split('\n')[0] ?? 'npm did not say why'}`);
  say('  Run `npm audit --omit=dev --audit-level=high` where the registry serves audits.');
  end(0, 0, 1);
} else {
  const bad = Object.entries(report.vulnerabilities ?? {}).filter(([, { severity }]) =>
    LEVELS.some((level) => level === severity),
  );
  for (const [name, { severity, range, fixAvailable }] of bad) {
    say(`${severity}: ${name} ${range}${fixAvailable === false ? ', no fix yet' : ', a fix is available'}`);
  }
  say(`Production packages audited: ${JSON.stringify(report.metadata.vulnerabilities)}`);
  end(bad.length === 0 ? 1 : 0, bad.length === 0 ? 0 : 1, 0);
}

function parse(text: string): Report | null {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return null;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The line that continuous integration adds up, and the exit code. */
function end(passed: number, failed: number, skipped: number): void {
  say(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  process.exitCode = failed === 0 ? 0 : 1;
}
