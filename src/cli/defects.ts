import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectorError } from '../errors.ts';
import type { SyncEvent } from '../events.ts';
import { crashText } from './crash-text.ts';

/** Folder of files that commands leave behind, below the working directory. */
const FOLDER = '.harvest-bq';

/** Events that are remembered. */
const TRAIL = 60;

/** Writes down defects, so that they can be mended; one file for a process. */
export class DefectKeeper {
  readonly #facts: { readonly version: string; readonly argv: readonly string[]; readonly cwd: string };
  #trail: string[] = [];
  #command: string | null = null;
  #runId: string | null = null;
  #file: string | null = null;

  constructor(facts: { readonly version: string; readonly argv: readonly string[]; readonly cwd: string }) {
    this.#facts = facts;
  }

  /** The file that was written, relative to the working directory; null: none. */
  get file(): string | null {
    return this.#file;
  }

  /** A run begins. */
  begin(command: string, runId: string): void {
    this.#command = command;
    this.#runId = runId;
  }

  /** Remembers that something happened, but nothing of what was in it. */
  hear(event: SyncEvent): void {
    const { event: name } = event;
    const stream = 'stream' in event && event.stream !== null ? ` ${event.stream}` : '';
    this.#trail = [...this.#trail, `${name}${stream}`].slice(-TRAIL);
  }

  /** Writes the file, once; null where it cannot be written, as on a read-only disk. */
  keep(error: ConnectorError, command: string | null): string | null {
    if (this.#file !== null || error.code !== 'INTERNAL') return this.#file;
    const at = new Date();
    const name = this.#runId ?? at.toISOString().replace(/[-:]|\.\d+/g, '');
    const file = join(FOLDER, `crash-${name}.txt`);
    const facts = { ...this.#facts, error, command: this.#command ?? command, runId: this.#runId, at };
    try {
      mkdirSync(join(this.#facts.cwd, FOLDER), { recursive: true });
      writeFileSync(join(this.#facts.cwd, file), crashText({ ...facts, trail: this.#trail }), {
        mode: 0o600,
      });
    } catch {
      return null;
    }
    this.#file = file;
    return file;
  }
}
