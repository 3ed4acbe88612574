import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf } from '../support/office.ts';

describe('children that went in a run that looks for no deletions', () => {
  it('go in the next one, which reads their parents again, once', async () => {
    await using office = await openOffice({ clock: 'stands' });
    await office.sync();
    const { account } = office.sandbox;
    const [assignment] = [...account.truth('project_assignments')];
    account.clock.advance(60_000);
    account.setModules({ expense: false });
    account.update('user_assignments', Number(assignment?.['id']), { is_active: false });
    const streams = ['project_assignments', 'user_assignments'];
    await office.sync();
    expect(await office.differences({ streams })).toEqual([
      `project_assignments #${String(assignment?.['id'])} should not be there`,
    ]);
    account.clock.advance(60_000);
    const next = await office.sync();
    expect(resultOf(next, 'project_assignments').deleted).toBe(1);
    expect(await office.differences({ streams })).toEqual([]);
    account.clock.advance(60_000);
    expect(resultOf(await office.sync(), 'project_assignments').fetched).toBe(0);
  });
});
