/** The harness around Google's SQL analyser: that it lets good scripts pass, and above all what it refuses. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { startGoogleSql, whyNoGoogleSql } from '../support/googlesql.ts';
import { INVOICES, KNOWN, STAGED, STATE } from '../support/googlesql-example.ts';
import { SqlRefused } from '../support/googlesql-script.ts';

const google = await startGoogleSql();
afterAll(async () => google?.[Symbol.asyncDispose]());

const COMMIT = `
BEGIN TRANSACTION;

INSERT INTO ${STATE} (stream, version, cursor, state, run_id, committed_at)
SELECT next.stream, next.version + 1, next.cursor, PARSE_JSON(next.state), @run_id, @at
FROM UNNEST(@states) AS next
LEFT JOIN (SELECT stream, MAX(version) AS version FROM ${STATE} GROUP BY stream) AS last
  ON last.stream = next.stream
WHERE IFNULL(last.version, 0) = next.version;

IF @@row_count != 2 THEN
  RAISE USING MESSAGE = 'harvest-bq: another run was faster';
END IF;

MERGE INTO ${INVOICES} AS target
USING (
  SELECT * FROM ${STAGED}
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY updated_at DESC, _seq DESC) = 1
) AS staged
ON target.id = staged.id
WHEN MATCHED AND staged.updated_at < target.updated_at THEN
  UPDATE SET _synced_at = @at
WHEN MATCHED AND (target.\`order\` IS DISTINCT FROM staged.\`order\`
  OR target._deleted_at IS NOT NULL
  OR TO_JSON_STRING(target.line_items) IS DISTINCT FROM TO_JSON_STRING(staged.line_items)) THEN
  UPDATE SET \`order\` = staged.\`order\`, line_items = staged.line_items, _deleted_at = NULL, _run_id = @run_id
WHEN NOT MATCHED BY TARGET THEN
  INSERT (id, \`order\`, line_items, _synced_at, _run_id)
  VALUES (staged.id, staged.\`order\`, staged.line_items, @at, @run_id)
WHEN NOT MATCHED BY SOURCE AND target._deleted_at IS NULL THEN
  UPDATE SET _deleted_at = @at;

COMMIT TRANSACTION;

SELECT stream, version, cursor FROM ${STATE}
QUALIFY ROW_NUMBER() OVER (PARTITION BY stream ORDER BY version DESC) = 1;
`;

const rename = (fields: string): string => `
UPDATE ${INVOICES} AS target
SET
  line_items = ARRAY(
    SELECT AS STRUCT ${fields}
    FROM UNNEST(target.line_items) AS element WITH OFFSET AS position
    LEFT JOIN UNNEST(@names) AS renamed ON renamed.id = element.project_id
    ORDER BY position
  ),
  _run_id = @run_id
WHERE EXISTS (
  SELECT 1 FROM UNNEST(target.line_items) AS element
  JOIN UNNEST(@names) AS renamed ON renamed.id = element.project_id
  WHERE element.project_name IS DISTINCT FROM renamed.name
)`;

const COMPARE = `
SELECT
  COALESCE(target.id, staged.id) AS id,
  CASE
    WHEN target.id IS NULL THEN 'inserted'
    WHEN staged.id IS NULL THEN 'gone'
    WHEN target.amount IS DISTINCT FROM staged.amount THEN 'updated'
    WHEN TO_JSON_STRING(target.line_items) != TO_JSON_STRING(staged.line_items) THEN 'updated'
    ELSE 'unchanged'
  END AS outcome
FROM ${INVOICES} AS target
FULL JOIN ${STAGED} AS staged ON target.id = staged.id`;

const describeHere = google === null ? describe.skip : describe;
const here = google === null ? `the SQL analyser, left out because ${whyNoGoogleSql()},` : 'the SQL analyser';

/** Analyses against the tables of the example. */
const analyse = async (sql: string) => (await google?.analyseScript(sql, KNOWN)) ?? [];

describeHere(`${here} accepts`, () => {
  it('the script of a commit, every statement of it', async () => {
    const statements = await analyse(COMMIT);
    expect(statements.map(({ kind }) => kind)).toEqual([
      'begin',
      'insert',
      'if',
      'raise',
      'merge',
      'commit',
      'query',
    ]);
    expect(statements.at(-1)?.columns).toEqual([
      ['stream', 'STRING'],
      ['version', 'INT64'],
      ['cursor', 'TIMESTAMP'],
    ]);
  });

  it.each([
    'element.id AS id, element.project_id AS project_id, IFNULL(renamed.name, element.project_name) AS project_name',
    'element.* REPLACE (IFNULL(renamed.name, element.project_name) AS project_name)',
  ])('an update that builds a list of records anew: %s', async (fields) => {
    expect(await analyse(rename(fields))).toMatchObject([{ kind: 'update' }]);
  });

  it('the comparison of a full join, and says what it answers', async () => {
    expect(await analyse(COMPARE)).toMatchObject([
      {
        kind: 'query',
        columns: [
          ['id', 'INT64'],
          ['outcome', 'STRING'],
        ],
      },
    ]);
  });

  it('casts, JSON and the parameters of each type', async () => {
    const [query] = await analyse(`
      SELECT
        SAFE_CAST(@run_id AS TIMESTAMP) AS cast_at,
        PARSE_JSON(@run_id, wide_number_mode => 'round') AS parsed,
        TO_JSON_STRING(@names) AS names_text,
        JSON_VALUE(@note, '$.a') AS a,
        DATE_ADD(@month, INTERVAL 1 MONTH) AS next_month,
        @rate * 2 AS twice,
        line_items
      FROM ${INVOICES}`);
    expect(Object.fromEntries(query?.columns ?? [])).toEqual({
      cast_at: 'TIMESTAMP',
      parsed: 'JSON',
      names_text: 'STRING',
      a: 'STRING',
      next_month: 'DATE',
      twice: 'NUMERIC',
      line_items: 'ARRAY<STRUCT<id INT64, project_id INT64, project_name STRING>>',
    });
  });

  it('variables, blocks and temporary tables', async () => {
    const statements = await analyse(`
      DECLARE stale, gone_count INT64 DEFAULT 0;
      DECLARE newest DEFAULT (SELECT MAX(updated_at) FROM ${STAGED});
      CREATE TEMP TABLE gone AS SELECT id, line_items FROM ${INVOICES} WHERE updated_at < newest;
      SET gone_count = (SELECT COUNT(*) FROM gone);
      IF gone_count > 10 THEN RETURN; ELSEIF stale = 1 THEN SELECT 1; ELSE SELECT gone_count; END IF;
      BEGIN
        BEGIN TRANSACTION;
        DELETE FROM ${INVOICES} WHERE id IN (SELECT gone.id FROM gone);
        DROP TABLE gone;
        COMMIT TRANSACTION;
      EXCEPTION WHEN ERROR THEN
        ROLLBACK TRANSACTION;
        RAISE USING MESSAGE = @@error.message;
      END;`);
    expect(statements.map(({ kind }) => kind).join(' ')).toBe(
      'declare declare createTableAsSelect set if return query query block begin delete drop commit rollback raise',
    );
  });

  it.each([
    `TRUNCATE TABLE ${INVOICES}`,
    `CREATE OR REPLACE VIEW \`my-project\`.\`harvest\`.\`lines\` (invoice_id OPTIONS (description = 'x'), id)
     AS SELECT invoice.id, element.id FROM ${INVOICES} AS invoice, UNNEST(invoice.line_items) AS element`,
    `ALTER TABLE ${INVOICES} ADD COLUMN IF NOT EXISTS tax NUMERIC OPTIONS (description = 'x')`,
    `CREATE TABLE IF NOT EXISTS \`my-project\`.\`harvest\`.\`months\`
     (id INT64 NOT NULL, day DATE, PRIMARY KEY (id) NOT ENFORCED) PARTITION BY DATE_TRUNC(day, MONTH) CLUSTER BY id`,
    `MERGE ${INVOICES} AS target USING UNNEST(@names) AS renamed ON target.id = renamed.id
     WHEN MATCHED THEN UPDATE SET \`order\` = renamed.name`,
  ])('%s', async (sql) => {
    expect(await analyse(sql)).toHaveLength(1);
  });
});

const REFUSALS: Readonly<Record<string, readonly [sql: string, reason: string]>> = {
  'an unknown table': [
    'SELECT 1 FROM `my-project`.`harvest`.`clients`',
    'Table not found: `my-project`.harvest.clients [at 1:15]',
  ],
  'an unknown column': [
    `SELECT total FROM ${INVOICES}`,
    'Unrecognized name: total; Did you mean notes? [at 1:8]',
  ],
  'a number that is compared with a text': [
    `SELECT 1 FROM ${INVOICES} WHERE id = \`order\``,
    'No matching signature for operator = for argument types: INT64, STRING',
  ],
  'a parameter that was not declared': ['SELECT @nobody', "Query parameter 'nobody' not found"],
  'a comparison of two lists': [
    `SELECT target.line_items = staged.line_items FROM ${INVOICES} AS target JOIN ${STAGED} AS staged USING (id)`,
    'Equality is not defined for arguments of type ARRAY',
  ],
  'the distinction of two lists': [
    `SELECT target.line_items IS DISTINCT FROM target.line_items FROM ${INVOICES} AS target`,
    'Grouping is not defined for arguments of type ARRAY',
  ],
  'an insert of too few values': [
    `INSERT INTO ${INVOICES} (id, amount) SELECT 1`,
    'Inserted row has wrong column count; Has 1, expected 2',
  ],
  'an insert of a text as a date': [
    `INSERT INTO ${INVOICES} (id, issue_date) SELECT 1, @run_id`,
    'has type STRING which cannot be inserted into column issue_date',
  ],
  'an insert without a REQUIRED column': [
    `INSERT INTO ${INVOICES} (amount) VALUES (1)`,
    'The REQUIRED column id is not inserted [at 1:1]',
  ],
  'a MERGE that inserts no REQUIRED column': [
    `MERGE ${INVOICES} AS target USING ${STAGED} AS staged ON FALSE WHEN NOT MATCHED THEN INSERT (amount) VALUES (1)`,
    'The REQUIRED column id is not inserted',
  ],
  'a list of records with fewer fields': [
    rename('element.id AS id, element.project_name AS project_name'),
    'cannot be assigned to line_items, which has type ARRAY<STRUCT<',
  ],
  'a list of records with other names': [
    rename('element.id AS id, element.project_id AS task_id, element.project_name AS project_name'),
    'A list of records is assigned by position, but the names differ: ARRAY<STRUCT<id INT64, task_id INT64',
  ],
  'a MERGE that updates an unknown column': [
    `MERGE ${INVOICES} AS target USING ${STAGED} AS staged ON target.id = staged.id
     WHEN MATCHED THEN UPDATE SET total = 1`,
    'Unrecognized name: total; Did you mean notes? [at 2:35]',
  ],
  'a write to an element of a list': [
    `UPDATE ${INVOICES} SET (DELETE line_items AS element WHERE element.id = 1) WHERE TRUE`,
    'never to elements of a list',
  ],
  'an update of all rows by mistake': [
    `UPDATE ${INVOICES} SET amount = 1`,
    'UPDATE must have a WHERE clause',
  ],
  'a FULL JOIN without an equality': [
    `SELECT 1 FROM ${INVOICES} AS target FULL JOIN ${STAGED} AS staged ON target.id > staged.id`,
    'A FULL JOIN needs an equality',
  ],
  'JSON that is compared': [
    `SELECT notes = @note FROM ${INVOICES}`,
    'Equality is not defined for arguments of type JSON',
  ],
  'a parameter in a view': [
    'CREATE VIEW `my-project`.`harvest`.`v` AS SELECT @at AS x',
    'cannot be used inside SQL view',
  ],
  'a table that is made within a transaction': [
    'BEGIN TRANSACTION; CREATE TABLE `my-project`.`harvest`.`x` (id INT64); COMMIT TRANSACTION',
    'A transaction takes no DDL on permanent tables [at 1:20]',
  ],
  'a script of nothing': ['-- later\n', 'There is no statement'],
  'a script that does not parse': [
    'BEGIN TRANSACTION;\nIF @@row_count != 1 THEN RAISE USING MESSAGE = "x"; END',
    'Syntax error: Expected END IF [at 2:53]',
  ],
  'a condition that is none': [
    'SELECT 1;\nIF @@row_count THEN SELECT 2; END IF',
    'A value of type INT64 where BOOL is wanted [at 2:4]',
  ],
  'a mistake inside of a condition': [
    `SELECT 'ä';\n  IF @@row_count > 1\n    AND EXISTS (SELECT 1 FROM nowhere) THEN SELECT 2; END IF`,
    'Table not found: nowhere [at 3:31]',
  ],
  'a mistake inside of a branch': [
    'IF TRUE THEN SELECT 1; ELSE SELECT nope; END IF',
    'Unrecognized name: nope [at 1:36]',
  ],
  'a message that is no text': [
    'RAISE USING MESSAGE = 1',
    'A value of type INT64 where STRING is wanted [at 1:23]',
  ],
  'a variable of another type': [
    "DECLARE n INT64;\nSET n = 'x'",
    'A value of type STRING where INT64 is wanted [at 2:9]',
  ],
  'a variable that was not declared': ['SET n = 1', 'Undeclared variable: n [at 1:1]'],
  'a variable behind the end of its block': [
    'BEGIN DECLARE n INT64; SELECT n; END; SELECT n',
    'Unrecognized name: n [at 1:46]',
  ],
  'a second statement': [
    `SELECT id FROM ${INVOICES};\nSELECT 'äö', nope FROM ${INVOICES};`,
    'Unrecognized name: nope; Did you mean notes? [at 2:14]',
  ],
};

describeHere(`${here} refuses`, () => {
  it.each(Object.keys(REFUSALS))('%s', async (name) => {
    const [sql, reason] = REFUSALS[name] ?? ['', ''];
    const refusal = await analyse(sql).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(SqlRefused);
    expect((refusal as SqlRefused).reason).toContain(reason);
  });

  it('with the statement beside the reason', async () => {
    await expect(analyse('SELECT 1;\nSELECT nope;\nSELECT 2;')).rejects.toMatchObject({
      message: 'Unrecognized name: nope [at 2:8]\nSELECT nope',
      sql: 'SELECT nope',
    });
  });
});
