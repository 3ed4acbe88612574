/** Folders for what a measurement leaves. */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/** Makes a folder that goes with the block it is used in, or with this process where that ends first. */
export async function openScratch(name: string): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), `harvest-bq-bench-${name}-`));
  const onExit = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  process.on('exit', onExit);
  return {
    path,
    async [Symbol.asyncDispose]() {
      process.off('exit', onExit);
      await rm(path, { recursive: true, force: true });
    },
  };
}
