/** The parts of the benchmark, in the order in which they run. */
import { firstLoad } from './parts/first-load.ts';
import { growth } from './parts/growth.ts';
import { others } from './parts/others.ts';
import { profile } from './parts/profile.ts';
import { rows } from './parts/rows.ts';
import { start } from './parts/start.ts';
import { steady } from './parts/steady.ts';
import type { Part } from './support/part.ts';

/** All parts. Each runs by itself, and none needs what another has left. */
export const PARTS: readonly Part[] = [firstLoad, rows, steady, others, start, growth, profile];
