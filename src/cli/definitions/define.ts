import type { Command } from 'commander';

/** Adds a command to a group of the help: its usage and what it does in one line. */
export type Define = (group: string, usage: string, description: string) => Command;

/** How streams are named on the command line. */
export const STREAM_WORDS = `
Streams are named (clients), matched ('invoice*') or tagged (tag:billing); none
stands for all that the configuration includes. List them: harvest-bq discover`;
