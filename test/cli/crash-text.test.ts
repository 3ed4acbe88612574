import { describe, expect, it } from '@jest/globals';
import { crashText } from '../../src/cli/crash-text.ts';
import { classify } from '../../src/classify/classify.ts';
import { ConnectorError } from '../../src/errors.ts';

/** The file about something that was thrown. */
function fileAbout(thrown: unknown, argv: readonly string[] = []): string {
  return crashText({
    error: classify(thrown),
    version: '0.1.0',
    command: 'sync',
    argv,
    runId: '01KAC7M2Q4X8NB3D',
    at: new Date('2026-11-20T06:00:00Z'),
    trail: ['run.started', 'stream.started clients'],
  });
}

function thrownBy(task: () => unknown): unknown {
  try {
    task();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('the file about a defect', () => {
  it('has version, command, run, the way there and where it broke', () => {
    const text = fileAbout(thrownBy(() => (JSON.parse('null') as { readonly id: number }).id));
    expect(text).toContain('version   0.1.0\n');
    expect(text).toContain("caused by TypeError: Cannot read properties of null (reading 'id')\n");
    expect(text).toMatch(/^ {4}at .*crash-text\.test\.ts:\d+:\d+\)?$/m);
    expect(text).toContain('events before it, newest last:\n  run.started\n  stream.started clients\n');
  });

  it.each([
    ['JSON', () => JSON.parse('{"name": "Acme secret') as unknown],
    ['big integers', () => BigInt('Acme secret')],
    ['an error of our own', () => fail(new Error('Acme secret'))],
    ['a text', () => fail('Acme secret')],
    ['an address', () => new URL('Acme secret')],
    ['a nested one', () => fail(new Error('Acme', { cause: new TypeError('secret', { cause: 'Acme' }) }))],
  ])('tells no value that a message quotes: %s', (_name, task) => {
    const text = fileAbout(thrownBy(task));
    expect(text).not.toMatch(/Acme|secret/);
    expect(text).toContain('INTERNAL: ');
  });

  it('tells no value of the command line', () => {
    const text = fileAbout(new Error('x'), [
      'sync',
      'clients',
      '--config=/home/jane/x.yaml',
      '-o',
      'json',
      '--from',
      '2026-01-01',
    ]);
    expect(text).toContain('command   sync --config -o --from\n');
    expect(text).not.toMatch(/jane|2026-01-01/);
  });

  it('keeps a message of our own, and the place of a failure that was said of a stream', () => {
    const error = new ConnectorError('INTERNAL', 'roles has no parent').of('roles');
    const text = fileAbout(error);
    expect(text).toContain('INTERNAL: roles has no parent\n');
    expect(text).toMatch(/^ {4}at .*crash-text\.test\.ts:/m);
  });
});

function fail(thrown: unknown): never {
  // oxlint-disable-next-line typescript/only-throw-error
  throw thrown;
}
