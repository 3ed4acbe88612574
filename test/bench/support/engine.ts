/** Runs the engine in a process of its own, with what the command line cannot be told. */
import { fileURLToPath } from 'node:url';
import type { EngineAnswer, EngineOrder } from './engine-child.ts';
import { runMeasured, type Usage } from './measured.ts';

const CHILD = fileURLToPath(new URL('./engine-child.ts', import.meta.url));

/** The limits of the heap that `sync` starts with (src/cli/bin.ts). */
const HEAP = ['--max-semi-space-size=2', '--max-old-space-size=400'];

/** A run of the engine; `seconds` without the start of Node.js and the reading of its code. */
export interface MeasuredEngineRun extends Usage {
  readonly rows: number;
  readonly requests: EngineAnswer['requests'];
}

/**
 * One run.
 * @throws Error when the run or one of its streams fails
 */
export async function runEngineApart(order: EngineOrder): Promise<MeasuredEngineRun> {
  const args = [...HEAP, '--no-warnings', CHILD, JSON.stringify(order)];
  const { stdout, ...usage } = await runMeasured(process.execPath, args);
  const { failures, ...answer } = JSON.parse(stdout) as EngineAnswer;
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return { ...usage, ...answer };
}
