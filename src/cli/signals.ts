import { ConnectorError } from '../errors.ts';

/** Exit codes of the two signals that ask for an end: 128 and the signal's number. */
const EXITS = { SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof EXITS;

/** Longest wait for a clean end; Cloud Run kills 10 seconds after SIGTERM. */
const PATIENCE_MS = 9000;

/** What happens on signals. */
export interface SignalActions {
  /** Says that the end is near. */
  readonly tell: (text: string) => void;
  /** Ends the process at once. */
  readonly leave: (error: ConnectorError) => void;
}

/**
 * The first SIGINT or SIGTERM aborts the signal that is returned, with RUN_INTERRUPTED as the reason; a second one,
 * or no end within nine seconds, leaves at once. What is not committed by then is rolled back by the warehouse; a commit that BigQuery has
 * already been given may still be carried out, with its checkpoint.
 */
export function listenToSignals(actions: SignalActions): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: Signal): void => {
    const error = new ConnectorError('RUN_INTERRUPTED', `Stopped by ${signal}.`, {
      details: { signal, exit_code: EXITS[signal] },
    });
    if (controller.signal.aborted) {
      actions.leave(error);
      return;
    }
    actions.tell('Stopping … (once more to leave at once)');
    controller.abort(error);
    setTimeout(() => {
      actions.leave(error);
    }, PATIENCE_MS).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}
