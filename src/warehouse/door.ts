/** The way into a warehouse: who works with it, the lock that he holds, and who is told of what is carried out. */
import type { Warehouse } from './warehouse.ts';

/** Who holds the lock; what the lock file or table says. */
export interface LockOwner {
  /** Connector and command, for people. */
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
  /** ISO instant, UTC. */
  readonly started: string;
  readonly run_id: string;
  readonly command: string;
}

/** A lock that is held. */
export interface Lock {
  /** The owner of a lock that was left behind by a process that is gone, if one was taken over. */
  readonly abandoned: LockOwner | null;
  release(): Promise<void>;
}

/** A job that the warehouse has carried out, for the history and for people. */
export interface JobNote {
  readonly stream: string | null;
  readonly kind: 'load' | 'compare' | 'commit' | 'read' | 'append';
  readonly bytesBilled: number;
  readonly ms: number;
}

/** A job that is tried again. */
export interface JobRetry {
  readonly stream: string | null;
  readonly kind: JobNote['kind'];
  readonly attempt: number;
  /** The vendor's word for it, such as `rateLimitExceeded`. */
  readonly reason: string;
  readonly seconds: number;
}

/** Who works with a warehouse, and who is told of its jobs. A file has no jobs. */
export interface WarehouseSession {
  /** The run whose id jobs carry as a label; null: a command that only looks. */
  readonly runId: string | null;
  /** Aborted when the run has to end; a commit under way is still waited for. */
  readonly signal: AbortSignal;
  readonly onJob: (job: JobNote) => void;
  readonly onRetry: (retry: JobRetry) => void;
}

/** A warehouse before a run has entered it: whoever holds the lock opens it. */
export interface WarehouseDoor {
  /** For people: `harvest_demo.duckdb`, `acme-data.harvest_acme`. */
  readonly label: string;
  /** @throws ConnectorError RUN_LOCKED with the owner in the message and in `details` */
  lock(owner: LockOwner): Promise<Lock>;
  /** Whether there is anything to open yet. */
  exists(): Promise<boolean>;
  /** Opens for writing, creating what is missing. */
  open(session: WarehouseSession): Promise<Warehouse>;
}
