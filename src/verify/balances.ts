import { causeOfUnbalanced, type Balanced } from './unbalanced.ts';
import { complete, hasPlain, liveRowsOf, type Scope } from './scope.ts';

/** Invoices that are named. */
const NAMED = 50;

/** An invoice in this state was written off: what is due of it says nothing of its payments. */
const WRITTEN_OFF = 'closed';

/** Looks for invoices whose amount less what is due is not the sum of their payments; written-off ones excepted. */
export async function compareBalances(scope: Scope): Promise<void> {
  if (!scope.streams.has('invoices') && !scope.streams.has('invoice_payments')) return;
  const [invoices, payments] = [complete('invoices', scope), complete('invoice_payments', scope)];
  if (invoices === null || payments === null) {
    return scope.findings.leaveOut('invoices', 'balances: invoices and their payments are not both stored');
  }
  const needed = ['amount', 'due_amount', 'state'].every((name) => hasPlain(invoices, name));
  if (!needed || !hasPlain(payments, 'amount')) {
    return scope.findings.leaveOut('invoices', 'balances: the columns they need are not chosen');
  }
  const question = {
    of: liveRowsOf(invoices, scope),
    total: 'amount',
    open: 'due_amount',
    except: { column: 'state', value: WRITTEN_OFF },
    parts: liveRowsOf(payments, scope),
    pointer: 'invoice_id',
    amount: 'amount',
  };
  const { checks } = scope.context.warehouse;
  const { count, rows } = await checks.readUnbalanced(question, NAMED, 'invoices');
  scope.findings.compared(1);
  for (const row of rows) await addUnbalanced(row, { invoices, payments }, scope);
  scope.findings.more('differs', 'invoices', count - rows.length);
}

/** An invoice with what it says was paid, and the sum of its payments. */
async function addUnbalanced(
  [key, settled, paid]: readonly (string | null)[],
  balanced: Balanced,
  scope: Scope,
): Promise<void> {
  const [id, sum] = [key ?? '', paid ?? '0'];
  const cause = await causeOfUnbalanced(id, sum, balanced, scope);
  if (cause === 'rejected') {
    return scope.findings.leaveOut('invoices', `balance of ${id}: a record breaks its schema (_rejects)`);
  }
  scope.findings.add({
    kind: 'balance',
    cause,
    table: 'invoices',
    key: id,
    column: 'amount - due_amount',
    ours: settled ?? null,
    harvest: `payments ${sum}`,
  });
}
