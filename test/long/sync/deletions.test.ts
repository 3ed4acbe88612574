import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { idIn, numberOf, pick, recordsOf } from '../../support/pick.ts';

/** What `_deletions` says of a stream: keys and how each was found, in order. */
function deletionsOf(office: Office, stream: string): ReturnType<Office['query']> {
  return office.query(`SELECT record_key, how FROM _deletions WHERE stream = '${stream}' ORDER BY 1`);
}

describe('a record that is gone from Harvest', () => {
  it.each(['time_entries', 'expenses', 'invoices', 'estimates', 'contacts'] as const)(
    'of %s leaves the table in the next run, and is noted once',
    async (stream) => {
      await using office = await openOffice();
      const options = { streams: [stream] };
      await office.sync(options);
      const { account } = office.sandbox;
      const gone = recordsOf(office, stream)
        .filter((record) => record['is_locked'] !== true)
        .slice(0, 2);
      for (const { id } of gone) account.remove(stream, id);
      const { result } = await office.sync(options);
      expect(result.outcome).toBe('ok');
      expect(await office.differences(options)).toEqual([]);
      expect(await deletionsOf(office, stream)).toEqual(
        gone.map(({ id }) => [String(id), 'count']).toSorted(),
      );
      expect(resultOf({ result, events: [], requests: [] }, stream).deleted).toBe(2);
      await office.sync(options);
      expect(await deletionsOf(office, stream)).toHaveLength(2);
    },
  );

  it('takes its children with it', async () => {
    await using office = await openOffice();
    const options = { streams: ['invoices', 'invoice_payments', 'invoice_messages'] };
    await office.sync(options);
    const paid = recordsOf(office, 'invoice_payments')[0];
    office.sandbox.account.remove('invoices', Number(paid?.['invoice_id']));
    await office.sync(options);
    expect(await office.differences(options)).toEqual([]);
    expect(await deletionsOf(office, 'invoice_payments')).toContainEqual([String(paid?.id), 'parent']);
  });

  it('as a project takes entries, expenses and assignments with it, without a search', async () => {
    await using office = await openOffice();
    await office.sync();
    const { account } = office.sandbox;
    const entries = recordsOf(office, 'time_entries');
    const project = idIn(pick(office, 'time_entries'), 'project');
    const going = entries.filter((entry) => idIn(entry, 'project') === project).length;
    account.remove('projects', project);
    const run = await office.sync({ allowDeletes: true });
    expect(run.result.outcome).toBe('ok');
    expect(await office.differences()).toEqual([]);
    const how = await office.query(
      "SELECT how, count(*) FROM _deletions WHERE stream = 'time_entries' GROUP BY 1",
    );
    expect(how).toEqual([['parent', String(going)]]);
    expect(
      run.events.filter((event) => event.event === 'count.differs' && event.stream === 'time_entries'),
    ).toEqual([]);
  });

  it('and comes back is there again', async () => {
    await using office = await openOffice();
    const options = { streams: ['contacts'], config: { sync: { deletes: 'mark' as const } } };
    await office.sync(options);
    const [contact] = [...office.sandbox.account.data.tables.contacts.all()];
    if (contact === undefined) throw new Error('no contact');
    const kept = { ...contact };
    office.sandbox.account.remove('contacts', contact.id);
    await office.sync(options);
    const marked = (): Promise<number> =>
      numberOf(office, 'SELECT count(*) FROM contacts WHERE _deleted_at IS NOT NULL');
    expect(await marked()).toBe(1);
    office.sandbox.account.data.tables.contacts.add(kept);
    await office.sync(options);
    expect(await marked()).toBe(0);
    expect(await office.differences({ streams: ['contacts'] })).toEqual([]);
  });
});

describe('rows that are gone', () => {
  it.each(['mark', 'keep'] as const)(
    'stay under deletes: %s, are noted once and found without a search',
    async (deletes) => {
      await using office = await openOffice();
      const options = { streams: ['time_entries'], config: { sync: { deletes } } };
      await office.sync(options);
      const before = await numberOf(office, 'SELECT count(*) FROM time_entries');
      for (const { id } of recordsOf(office, 'time_entries').slice(0, 3))
        office.sandbox.account.remove('time_entries', id);
      await office.sync(options);
      expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(before);
      expect(await numberOf(office, 'SELECT count(*) FROM _deletions')).toBe(3);
      const quiet = await office.sync(options);
      expect(quiet.events.some(({ event }) => event === 'count.differs')).toBe(false);
      await office.sync({ ...options, config: { sync: { deletes, sweepEveryMs: 0 } } });
      expect(await numberOf(office, 'SELECT count(*) FROM _deletions')).toBe(3);
    },
  );
});

describe('the counts', () => {
  it('cost one request for each account-wide list', async () => {
    await using office = await openOffice();
    await office.sync();
    const { requests } = await office.sync();
    const counts = requests.filter((url) => url.includes('per_page=1') && !url.includes('per_page=1000'));
    expect(counts.filter((url) => !url.includes('is_active')).length).toBe(14);
  });

  it('take account of rejected records, and of start_date', async () => {
    await using office = await openOffice();
    const months = office.sandbox.account.months();
    const options = { config: { startDate: `${months.at(-2)}-01` } };
    await office.sync(options);
    const quiet = await office.sync(options);
    expect(quiet.events.filter(({ event }) => event === 'count.differs')).toEqual([]);
  });

  it('let a sweep find what they cannot: a deletion and an unseen record that cancel out', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['contacts'] });
    const [contact] = [...office.sandbox.account.data.tables.contacts.all()];
    if (contact === undefined) throw new Error('no contact');
    const { contacts } = office.sandbox.account.data.tables;
    contacts.delete(contact.id);
    contacts.add({ ...contact, id: contacts.nextId() });
    office.sandbox.account.clock.advance(3_600_000);
    await office.sync({ streams: ['contacts'] });
    expect(await office.differences({ streams: ['contacts'] })).not.toEqual([]);
    office.sandbox.account.clock.advance(7 * 86_400_000);
    await office.sync({ streams: ['contacts'] });
    expect(await office.differences({ streams: ['contacts'] })).toEqual([]);
    expect(await deletionsOf(office, 'contacts')).toEqual([[String(contact.id), 'sweep']]);
  });
});

describe('implausibly many deletions', () => {
  it('are refused with what was about to go, and done with --allow-deletes', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['time_entries'] });
    const before = await numberOf(office, 'SELECT count(*) FROM time_entries');
    for (const { id } of recordsOf(office, 'time_entries').slice(0, Math.ceil(before / 5)))
      office.sandbox.account.remove('time_entries', id);
    const refused = await office.sync({ streams: ['time_entries'] });
    expect(refused.result).toMatchObject({ outcome: 'failed', exit_code: 8 });
    const { failure } = resultOf(refused, 'time_entries');
    expect(failure?.code).toBe('DELETES_IMPLAUSIBLE');
    expect(failure?.message).toContain(`time_entries would lose ${Math.ceil(before / 5)} of ${before} rows`);
    expect(failure?.hint).toContain('--allow-deletes');
    expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(before);
    const allowed = await office.sync({ streams: ['time_entries'], allowDeletes: true });
    expect(allowed.result.outcome).toBe('ok');
    expect(await office.differences({ streams: ['time_entries'] })).toEqual([]);
  });
});

describe('a role that is lowered while lists are read', () => {
  it('stops the run before anything goes', async () => {
    await using office = await openOffice();
    const streams = ['contacts'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.remove('contacts', pick(office, 'contacts').id);
    const before = await numberOf(office, 'SELECT count(*) FROM contacts');
    const run = await office.sync({
      streams,
      onEvent: (event) => {
        if (event.event === 'count.differs')
          account.setRole('administrator', ['manager', 'client_and_task_manager']);
      },
    });
    expect(resultOf(run, 'contacts').failure).toMatchObject({ code: 'VISIBILITY_REDUCED', exit_code: 4 });
    expect(await numberOf(office, 'SELECT count(*) FROM contacts')).toBe(before);
  });
});

describe('a run that does not look for deletions', () => {
  it('leaves what is gone alone, children and refreshes included, and the next one finds it', async () => {
    await using office = await openOffice();
    const streams = ['roles', 'users', 'billable_rates', 'contacts'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    const role = pick(office, 'roles').id;
    const contact = pick(office, 'contacts').id;
    account.remove('roles', role);
    account.remove('contacts', contact);
    account.setModules({ expense: false });
    const off = await office.sync({ streams, fullRefresh: true });
    expect(off.result.totals.deleted).toBe(0);
    expect(off.events.some(({ event }) => event === 'deletions.off')).toBe(true);
    expect(await numberOf(office, `SELECT count(*) FROM contacts WHERE id = ${contact}`)).toBe(1);
    await office.sync({ streams });
    expect(await office.differences({ streams })).toEqual([]);
    expect(await deletionsOf(office, 'contacts')).toEqual([[String(contact), 'count']]);
  });
});
