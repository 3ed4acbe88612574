/** Warehouse-neutral column types; each warehouse maps them to its own. */
export type ColumnType = 'INT64' | 'NUMERIC' | 'STRING' | 'BOOL' | 'DATE' | 'TIMESTAMP' | 'JSON' | 'RECORD';

/** REQUIRED: never NULL; REPEATED: a list, empty instead of NULL. */
export type ColumnMode = 'REQUIRED' | 'NULLABLE' | 'REPEATED';

/** How delicate a value is: `personal` names or describes a person, `commercial` is money, `secret` opens a door. */
export type Sensitivity = 'none' | 'personal' | 'commercial' | 'secret';

/** Of which stream's record a column carries the name. */
export interface NameOf {
  readonly stream: string;
  /** True in report rows, where a project reads `[CODE] Name`. */
  readonly withCode: boolean;
}

/** One column of a table, or one field of a repeated record. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: ColumnMode;
  readonly description: string;
  readonly sensitivity: Sensitivity;
  /**
   * Where the value stands in the record (or in the element of the list): `['client', 'id']` for `client_id`.
   * Empty for injected columns, whose value comes from the request.
   */
  readonly path: readonly string[];
  /** Whether the property must be there; a missing one makes the record a reject. */
  readonly required: boolean;
  /** Whether JSON null is allowed. */
  readonly nullable: boolean;
  /** The fields of a RECORD, which is always REPEATED. */
  readonly fields?: readonly Column[];
  readonly nameOf?: NameOf;
  /** True where the configuration asks for the keyed hash instead of the value; the type is then STRING. */
  readonly hashed?: boolean;
  /** True where no schema knows it and the configuration added it. */
  readonly added?: boolean;
}
