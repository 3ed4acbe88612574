/** The JSON Schemas of the documents and events of the command line, and what they are compared with. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { expect } from '@jest/globals';

const FOLDER = new URL('../../schemas/cli/', import.meta.url);

type Json = null | string | number | boolean | readonly Json[] | { readonly [name: string]: Json };
type Node = { readonly [name: string]: Json };

/** Characters of a text in a golden file. */
const LONGEST = 400;

/** Files that describe no command. */
const OTHERS = ['common', 'events'];

/** All schemas by the names of their files. */
export const SCHEMAS: ReadonlyMap<string, Node> = new Map(
  readdirSync(FOLDER)
    .toSorted()
    .map((file) => [
      file.replace(/\.json$/, ''),
      JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Node,
    ]),
);

/** Names of the documents that there are. */
export const DOCUMENTS: readonly string[] = [...SCHEMAS.keys()].filter((name) => !OTHERS.includes(name));

const validator = validatorOf((schema) => schema);
/** Takes nothing that no schema tells of: what is new has to be described. */
const strict = validatorOf(closed);

/** Expects a document to be what its schema promises, and to have nothing that the schema does not tell. */
export function expectDocument(document: unknown): void {
  const { command } = document as { readonly command: string | null };
  for (const ajv of [validator, strict]) expectValid(ajv, `${command ?? 'none'}.json`, document);
}

/** Expects an event to be what `schemas/cli/events.json` promises. */
export function expectEvent(event: unknown): void {
  const branches = SCHEMAS.get('events')?.['oneOf'] as readonly {
    readonly properties: { readonly event: Node };
  }[];
  const { event: name } = event as { readonly event: string };
  const place = branches.findIndex(({ properties }) => properties.event['const'] === name);
  for (const ajv of [validator, strict]) expectValid(ajv, `events.json#/oneOf/${place}`, event);
}

function expectValid(ajv: Ajv2020, name: string, value: unknown): void {
  const validate = ajv.getSchema(name);
  if (validate === undefined) throw new Error(`there is no schema ${name}`);
  const faults = validate(value) === true ? [] : (validate.errors ?? []);
  // the branches that are meant for others say less
  const deep = faults.toSorted((a, b) => b.instancePath.length - a.instancePath.length).slice(0, 4);
  const told = deep.map((fault) => [name, fault.instancePath, fault.message, fault.params]);
  expect(told).toEqual([]);
}

function validatorOf(change: (schema: Json) => Json): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
  ajvFormats.default(ajv);
  for (const schema of SCHEMAS.values()) ajv.addSchema(change(schema) as object);
  return ajv;
}

/** A schema in which no object has more than is told of it. */
function closed(node: Json): Json {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [
    key,
    ['if', 'then', 'else'].includes(key) ? value : closed(value),
  ]);
  const open = !('properties' in node) || 'additionalProperties' in node || node['type'] !== 'object';
  return Object.fromEntries(open ? entries : [...entries, ['additionalProperties', false]]) as Json;
}

/**
 * Every property that a schema promises, one line each: `sync /data/run_id string, required`. What stands here may grow and
 * never shrink: somebody reads it.
 */
export function promises(): readonly string[] {
  return [...new Set([...SCHEMAS].flatMap(([name, schema]) => promisesOf(schema, `${name} `)))].toSorted();
}

function promisesOf(node: Json, within: string): readonly string[] {
  if (Array.isArray(node)) return node.flatMap((item) => promisesOf(item, within));
  if (typeof node !== 'object' || node === null) return [];
  const event = ((node as Node)['properties'] as { readonly event?: Node } | undefined)?.event?.['const'];
  const place = typeof event === 'string' ? `${within}${event} ` : within;
  return Object.entries(node as Node).flatMap(([key, value]) => {
    if (['if', 'then', 'else', 'required'].includes(key)) return [];
    if (key === 'properties' || key === '$defs') {
      const required = (node as Node)['required'] ?? [];
      return Object.entries(value as Node).flatMap(([name, property]) => {
        const path = `${place}/${name}`;
        const always = key === 'properties' && (required as readonly string[]).includes(name);
        const line = `${path} ${typeOf(property)}${always ? ', required' : ''}`;
        return [line, ...valuesOf(property, path), ...promisesOf(property, path)];
      });
    }
    return promisesOf(value, key === 'items' ? `${place}[]` : place);
  });
}

function typeOf(node: Json): string {
  const { type, $ref: ref, const: only, enum: values } = node as Node;
  if (typeof ref === 'string') return ref;
  if (only !== undefined) return JSON.stringify(only);
  if (values !== undefined) return 'one of some';
  return type === undefined ? 'any' : [type].flat().join(' or ');
}

/** The values of an enumeration, one line each, since there may come more. */
function valuesOf(node: Json, path: string): readonly string[] {
  const values = (node as Node)['enum'];
  return Array.isArray(values) ? values.map((value) => `${path} = ${JSON.stringify(value)}`) : [];
}

/** A document with what differs from run to run in words, and lists cut to their first two entries. */
export function steadied(value: unknown): unknown {
  if (typeof value === 'string') return steadyText(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 2).map(steadied);
    return value.length > 2 ? [...shown, `and ${value.length - 2} more`] : shown;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isMeasured(key) ? 0 : steadied(item)]),
  );
}

function isMeasured(key: string): boolean {
  return ['seconds', 'ms', 'age_seconds', 'pid'].includes(key);
}

function steadyText(text: string): string {
  const steady = text
    .replaceAll(/\b(D)?[0-9A-HJKMNP-TV-Z]{16}\b/g, '<run>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<instant>')
    .replaceAll(/\d{8}T\d{6}Z/g, '<instant>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replaceAll(/\/(?:tmp|private|var)[\w./-]*\//g, '<folder>/')
    .replaceAll(/\b\d+ ms\b/g, '<ms>');
  return steady.length > LONGEST ? `${steady.slice(0, LONGEST)} …` : steady;
}
