import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { mistakesIn, type BuildConfig, type BuildStep } from './support/cloudbuild.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), 'utf8');

const config = parse(await read('cloudbuild.yaml')) as BuildConfig;
const schema = JSON.parse(await read('test/deploy/cloudbuild.schema.json')) as object;
const validate = new Ajv({
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
}).compile(schema);

/** What the schema finds wrong, as `place message`. */
function faultsOf(value: unknown): readonly string[] {
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}

const step = (id: string): BuildStep => config.steps.find((candidate) => candidate.id === id) as BuildStep;
const seconds = (duration = '0s'): number => Number(duration.slice(0, -1));

describe('cloudbuild.yaml', () => {
  it('has the form that Cloud Build documents', () => {
    expect(faultsOf(config)).toEqual([]);
  });

  it('keeps the rules that a form cannot say', () => {
    expect(mistakesIn(config)).toEqual([]);
  });

  it('verifies before it builds, runs the image before it pushes it, and deploys last', () => {
    expect(config.steps.map(({ id }) => id)).toEqual([
      'install',
      'check',
      'test',
      'image',
      'version',
      'demo',
      'push',
      'deploy',
    ]);
    expect(step('check').args).toEqual(['run', 'check']);
    expect(step('test').args).toEqual(['test']);
    expect(step('image').waitFor).toEqual(['test']);
    expect(step('push').waitFor).toEqual(['version', 'demo']);
    expect(step('deploy').waitFor).toEqual(['push']);
  });

  it('builds and tests on the Node.js of the image', async () => {
    const [, version] = /^FROM node:([\d.]+)-slim/m.exec(await read('Dockerfile')) ?? [];
    const nodes = config.steps.map(({ name }) => name).filter((name) => name.startsWith('node:'));
    expect(new Set(nodes)).toEqual(new Set([`node:${version}`]));
  });

  it('runs the image as the job will: read-only but for /tmp', () => {
    expect(step('demo').args).toEqual(
      expect.arrayContaining(['--read-only', '--tmpfs=/tmp:size=512m', 'demo']),
    );
    expect(step('version').args?.at(-1)).toBe('--version');
  });

  it('deploys only where a job is named, and the image that was just built', () => {
    expect(config.substitutions?.['_DEPLOY_JOB']).toBe('');
    expect(step('deploy').args?.at(-1)).toMatch(/if \[ -z '\$\{_DEPLOY_JOB\}' \]/);
    expect(step('deploy').args?.at(-1)).toContain("--image='${_IMAGE}:$BUILD_ID'");
  });

  it('needs no secret and says where its logs go', () => {
    expect(config.availableSecrets).toBeUndefined();
    expect(config.options).toMatchObject({ logging: 'CLOUD_LOGGING_ONLY', machineType: expect.any(String) });
  });

  it('gives every step a limit, and all of them enough', () => {
    expect(config.steps.filter(({ timeout }) => timeout === undefined)).toEqual([]);
    expect(Math.max(...config.steps.map(({ timeout }) => seconds(timeout)))).toBeLessThan(
      seconds(config.timeout),
    );
  });
});

describe('the check of a build config file', () => {
  const sound = {
    steps: [
      { name: 'a', id: 'one' },
      { name: 'b', id: 'two', waitFor: ['one'] },
    ],
  };

  it('accepts a sound one', () => {
    expect([faultsOf(sound), mistakesIn(sound)]).toEqual([[], []]);
  });

  it.each([
    ['an unknown key', { ...sound, step: [] }],
    ['an unknown key of a step', { steps: [{ name: 'a', arg: ['x'] }] }],
    ['a step without an image', { steps: [{ id: 'a' }] }],
    ['no steps', { steps: [] }],
    ['a number as an argument', { steps: [{ name: 'a', args: [1] }] }],
    ['a time without a unit', { ...sound, timeout: '600' }],
    ['a machine that is not there', { ...sound, options: { machineType: 'E2_HUGE' } }],
    ['a substitution of our own without _', { ...sound, substitutions: { REGION: 'x' } }],
    ['a substitution that is no text', { ...sound, substitutions: { _N: 1 } }],
    ['a script beside arguments', { steps: [{ name: 'a', script: 'x', args: ['y'] }] }],
  ])('the schema refuses %s', (_, value) => {
    expect(faultsOf(value)).not.toEqual([]);
  });

  it.each<readonly [string, BuildConfig, string]>([
    [
      'the same id twice',
      {
        steps: [
          { name: 'a', id: 'x' },
          { name: 'b', id: 'x' },
        ],
      },
      'two steps are called x',
    ],
    [
      'waiting for what comes later',
      {
        steps: [
          { name: 'a', id: 'x', waitFor: ['y'] },
          { name: 'b', id: 'y' },
        ],
      },
      'x waits for y, which is no step before it',
    ],
    ['an undeclared substitution', { steps: [{ name: 'a', args: ['${_X}'] }] }, '$_X is not declared'],
    ['an unused one', { ...sound, substitutions: { _X: '' } }, '_X is declared and not used'],
    [
      'one made of others without saying so',
      { steps: [{ name: '$_X' }], substitutions: { _X: 'a/$PROJECT_ID' } },
      '_X refers to others without dynamicSubstitutions',
    ],
    [
      'a secret from nowhere',
      { steps: [{ name: 'a', secretEnv: ['TOKEN'] }] },
      'the secret TOKEN is not available',
    ],
  ])('the rules refuse %s', (_, value, mistake) => {
    expect(mistakesIn(value)).toEqual([mistake]);
  });

  it('takes $$ for a dollar sign', () => {
    expect(mistakesIn({ steps: [{ name: 'a', args: ['$$HOME $${X}'] }] })).toEqual([]);
  });
});
