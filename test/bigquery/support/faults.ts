/** What can go wrong with a request, as values that a test plans. */
import { setTimeout as wait } from 'node:timers/promises';
import { BACKEND_ERROR, errorAnswer, type ErrorAnswer, type ErrorProto } from './documented-errors.ts';
import type { Exchange } from './exchange.ts';

/**
 * A fault: it answers the request, cuts its connection, or leaves both to what comes after it (`delay`, a hold before
 * the request is forwarded).
 */
export interface Fault {
  readonly name: string;
  readonly strike: (exchange: Exchange, failedJobs: FailedJobs) => Promise<void>;
}

/** Jobs that BigQuery took and that failed, though the emulator never saw them. */
export interface FailedJobs {
  add(exchange: Exchange, error: ErrorProto): Promise<void>;
}

/** It takes effect (a job is done), and the answer is lost. */
export function dropAfter(): Fault {
  return fault('dropAfter', async (exchange) => {
    await exchange.takeEffect();
    exchange.drop();
  });
}

/** The request is lost. */
export function dropBefore(): Fault {
  return fault('dropBefore', async (exchange) => exchange.drop());
}

/** 503 backendError instead of being done. */
export function unavailableBefore(): Fault {
  return { ...answer(BACKEND_ERROR), name: 'unavailableBefore' };
}

/** It takes effect (a job is done), and 503 backendError is answered. */
export function unavailableAfter(): Fault {
  return { ...answerAfter(BACKEND_ERROR), name: 'unavailableAfter' };
}

/** An error instead of being done. */
export function answer(error: ErrorAnswer): Fault {
  return fault(`answer ${error.status}`, (exchange) => exchange.refuse(error));
}

/** It takes effect (a job is done), and an error is answered. */
export function answerAfter(error: ErrorAnswer): Fault {
  return fault(`answerAfter ${error.status}`, async (exchange) => {
    await exchange.takeEffect();
    await exchange.refuse(error);
  });
}

/** It is done later. */
export function delay(ms: number): Fault {
  return fault(`delay ${ms}`, async () => {
    await wait(ms);
  });
}

/** It takes effect, and half of the answer arrives. */
export function cut(): Fault {
  return fault('cut', async (exchange) => {
    const whole = await exchange.takeEffect();
    await exchange.answerInPart(whole, Math.floor(whole.body.length / 2));
  });
}

/**
 * A job is taken (200, RUNNING) and turns out to have failed: `jobs.get` says DONE with the error. The emulator never
 * sees it. A second insert of the id is 409, as always.
 */
export function jobFails(error: ErrorProto): Fault {
  return fault(`jobFails ${error.reason}`, (exchange, failedJobs) => failedJobs.add(exchange, error));
}

/** It takes effect at once, and is answered when the promise is fulfilled: a reader that is slow to get its answer. */
export function holdAnswer(until: Promise<unknown>): Fault {
  return fault('holdAnswer', async (exchange) => {
    const held = await exchange.takeEffect();
    await until;
    await exchange.answer(held);
  });
}

/** It is forwarded when the promise is fulfilled. */
export function holdRequest(until: Promise<unknown>): Fault {
  return fault('holdRequest', async () => {
    await until;
  });
}

/** The error with which BigQuery answers a request for the results of a failed job. */
export function errorOfJob({ reason, message, location }: ErrorProto): ErrorAnswer {
  const status = STATUS_OF_REASON[reason] ?? 400;
  return errorAnswer(status, { reason, message, ...(location === undefined ? {} : { location }) });
}

/** @see https://cloud.google.com/bigquery/docs/error-messages, the table (checked 2026-11-24) */
const STATUS_OF_REASON: Readonly<Record<string, number>> = {
  accessDenied: 403,
  backendError: 503,
  billingNotEnabled: 403,
  duplicate: 409,
  internalError: 500,
  jobInternalError: 400,
  jobBackendError: 400,
  notFound: 404,
  quotaExceeded: 403,
  rateLimitExceeded: 403,
};

function fault(name: string, strike: Fault['strike']): Fault {
  return { name, strike };
}
