/** Runs the engine in a process of its own, with what the command line cannot be told. */
import { fileURLToPath } from 'node:url';
import { ALLOCATOR, HEAP_FLAGS } from '../../../src/cli/memory.ts';
import type { EngineAnswer, EngineOrder } from './engine-child.ts';
import { runMeasured, type Usage } from './measured.ts';

const CHILD = fileURLToPath(new URL('./engine-child.ts', import.meta.url));

/** A run of the engine; `seconds` without the start of Node.js and the reading of its code. */
export interface MeasuredEngineRun extends Usage {
  readonly rows: number;
  readonly requests: EngineAnswer['requests'];
}

/**
 * One run, in the memory that `sync` starts with.
 * @throws Error when the run or one of its streams fails
 */
export async function runEngineApart(order: EngineOrder): Promise<MeasuredEngineRun> {
  const args = [...HEAP_FLAGS, '--no-warnings', CHILD, JSON.stringify(order)];
  const { stdout, ...usage } = await runMeasured(process.execPath, args, { env: ALLOCATOR });
  const { failures, ...answer } = JSON.parse(stdout) as EngineAnswer;
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return { ...usage, ...answer };
}
