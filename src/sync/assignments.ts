/**
 * Whose project assignments may have changed. They are the same rows as user_assignments, with the project's task
 * assignments inside: where one of those streams is synced, its changes have left notes in the checkpoint; where it
 * is left out, Harvest is asked for them.
 */
import { fetchPages } from '../harvest/pages.ts';
import { isObject, type JsonObject } from '../harvest/json.ts';
import { plainText } from './cast.ts';
import type { RunContext } from './context.ts';
import { ASSIGNMENTS } from './follow-ups.ts';
import { earlier } from './month.ts';

/**
 * People whose assignments, or whose projects' task assignments, changed; beside those that are noted as pending.
 *
 * @param since what the stream is complete up to, ISO instant; null: everything was read in this run
 */
export async function peopleConcerned(since: string | null, context: RunContext): Promise<readonly string[]> {
  const people = new Set<string>();
  const projects = new Set(context.states.childNotes(ASSIGNMENTS).pendingProjects);
  if (since !== null && !isKept('user_assignments', context)) {
    for await (const each of changedSince('user_assignments', since, context)) people.add(idOf(each, 'user'));
  }
  if (since !== null && !isKept('task_assignments', context)) {
    for await (const each of changedSince('task_assignments', since, context))
      projects.add(idOf(each, 'project'));
  }
  for (const id of await peopleOf(projects, context)) people.add(id);
  people.delete('');
  return [...people];
}

/** Whether a stream is synced, so that its changes are noted. */
function isKept(stream: string, { configured, states }: RunContext): boolean {
  return configured.has(stream) && states.has(stream);
}

/** The people on some projects. */
async function peopleOf(projects: ReadonlySet<string>, context: RunContext): Promise<readonly string[]> {
  if (projects.size === 0) return [];
  if (isKept('user_assignments', context)) {
    const where = { column: 'project_id', values: [...projects] };
    const rows = await context.warehouse.readRows('user_assignments', ['user_id'], where, ASSIGNMENTS);
    return rows.map(([id]) => id ?? '');
  }
  const people: string[] = [];
  for await (const each of listOf('user_assignments', { is_active: 'true' }, context)) {
    if (projects.has(idOf(each, 'project'))) people.push(idOf(each, 'user'));
  }
  return people;
}

/** Changed assignments, archived ones too: Harvest's documentation does not say whether the plain list has them. */
async function* changedSince(stream: string, since: string, context: RunContext): AsyncGenerator<JsonObject> {
  const updated_since = earlier(since, context.config.sync.overlapMs);
  yield* listOf(stream, { updated_since }, context);
  yield* listOf(stream, { updated_since, is_active: 'false' }, context);
}

async function* listOf(
  name: string,
  query: Readonly<Record<string, string>>,
  context: RunContext,
): AsyncGenerator<JsonObject> {
  const stream = context.catalog.streams.get(name);
  if (stream?.records === undefined) return;
  const pages = fetchPages(context.client, {
    path: stream.path,
    query,
    records: stream.records,
    bucket: stream.limit_class,
    stream: ASSIGNMENTS,
    signal: context.signal,
  });
  for await (const { records } of pages) yield* records;
}

function idOf(record: JsonObject, reference: string): string {
  const value = record[reference];
  return isObject(value) ? plainText(value['id']) : '';
}
