import type { SyncEvent } from '../../events.ts';
import { errorLines } from '../error-text.ts';
import { eventText, LEVELS } from '../event-text.ts';
import { eventLines, paintError } from '../plain.ts';
import type { Reporter, ReporterOptions } from '../reporter.ts';
import { tame } from '../tame.ts';
import { Block, type Terminal } from './block.ts';
import { spell, type Charset } from './charset.ts';
import { frame } from './frame.ts';
import { wrapText } from './line.ts';
import { hear, NOTHING_HEARD } from './state.ts';

/** What the live view needs beside what every reporter needs. */
export interface LiveOptions extends ReporterOptions {
  readonly terminal: Terminal;
  readonly charset: Charset;
}

/** Events that the view itself tells, or the table at the end. */
const IN_VIEW: ReadonlySet<SyncEvent['event']> = new Set([
  'rate.waited',
  'stream.finished',
  'stream.skipped',
  'run.finished',
]);

/**
 * For people at a terminal: a block that is drawn over and over while a run goes on, with the lines of what is out of the ordinary
 * above it. It goes when the run ends, and the table of results takes its place.
 */
export function createLiveReporter(options: LiveOptions): Reporter {
  const { terminal, charset, paint, level } = options;
  let state = NOTHING_HEARD;
  let isRunning = false;
  const block = new Block(terminal, paint, () =>
    frame(state, { ...terminal.size(), charset, nowMs: Date.now() }),
  );
  const isShown = (event: SyncEvent): boolean => {
    // a run that was stopped says so once, not for each of its streams
    const isStopped = event.event === 'stream.failed' && event.failure?.kind === 'interrupted';
    if (IN_VIEW.has(event.event) || isStopped) return false;
    return LEVELS.indexOf(eventText(event).level) >= LEVELS.indexOf(level);
  };
  const say = (line: string): void => {
    for (const part of wrapText(line, terminal.size().columns - 1)) block.say(part);
  };
  const plainly = { ...options, clean: (text: string) => spell(tame(text), charset) };
  return {
    kind: 'live',
    emit: (event) => {
      state = hear(state, event, Date.now());
      if (isShown(event)) for (const line of eventLines(event, plainly)) say(line);
      if (event.event === 'run.started' || event.event === 'run.finished') {
        isRunning = event.event === 'run.started';
        if (isRunning) block.start();
        else block.stop();
      }
    },
    failed: (error) => {
      for (const line of paintError(errorLines(error), paint)) block.say(line);
    },
    note: (text) => {
      if (LEVELS.indexOf(level) <= LEVELS.indexOf('info')) say(spell(tame(text), charset));
    },
    suspend: () => {
      block.pause();
      return () => {
        if (isRunning) block.start();
      };
    },
    close: () => block.stop(),
  };
}
