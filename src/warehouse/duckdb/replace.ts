import type { Session } from './client.ts';
import { dropNext, dropOld, insertNext, type Replacement } from './replace-sql.ts';
import type { Statement } from './sql.ts';

/** Replaces rows by those that `createNext` makes, and tells how many. Within a transaction. */
export async function replaceRows(
  session: Session,
  replacement: Replacement,
  createNext: Statement,
): Promise<number> {
  await session.run(createNext);
  const rows = await session.run(dropOld(replacement));
  if (rows > 0) await session.run(insertNext(replacement));
  await session.run(dropNext(replacement));
  return rows;
}
