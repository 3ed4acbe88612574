import { describe, expect, it } from '@jest/globals';
import { Findings } from '../../src/verify/findings.ts';

describe('findings', () => {
  it('count each table whole, and name the first of each kind, however many there are', () => {
    const findings = new Findings('full');
    for (let nth = 0; nth < 2_000; nth += 1)
      findings.add({ kind: 'cell', table: `table_${nth % 11}`, key: String(nth), column: 'notes' });
    findings.add({ kind: 'cell', table: 'table_3', key: 'x', column: 'lines[4].price' });
    findings.add({ kind: 'cell', table: 'table_3', key: 'x', column: 'lines[5].price' });
    findings.add({ kind: 'orphan', table: 'late', key: '1', column: 'client_id' });
    findings.more('differs', 'late', 41);
    findings.more('differs', 'never', 0);
    findings.add({ kind: 'cell', table: 'calm', key: '1', column: 'x', cause: 'lag' });
    const { found, tables, differences, lagging, outcome } = findings.result();
    expect({ differences, lagging, outcome }).toEqual({ differences: 2_044, lagging: 1, outcome: 'differs' });
    expect(Object.keys(tables)).toHaveLength(12);
    expect(tables).toMatchObject({ table_0: 182, table_3: 184, late: 42 });
    expect(found).toHaveLength(1_003);
    expect(found.map(({ column }) => column)).toContain('lines[4].price');
    expect(found.map(({ column }) => column)).not.toContain('lines[5].price');
    expect(found.filter(({ table }) => table === 'late')).toMatchObject([{ kind: 'orphan', key: '1' }]);
  });

  it('are equal only where something was compared', () => {
    const outcome = (look: (findings: Findings) => void, form: 'quick' | 'full'): string => {
      const findings = new Findings(form);
      look(findings);
      return findings.result().outcome;
    };
    expect(outcome((findings) => findings.leaveOut('tasks', 'not loaded completely yet'), 'quick')).toBe(
      'nothing',
    );
    expect(outcome((findings) => findings.compared(1), 'quick')).toBe('equal');
    expect(outcome((findings) => findings.compared(1), 'full')).toBe('nothing');
    expect(outcome((findings) => findings.comparedAgain(0), 'full')).toBe('equal');
  });
});
