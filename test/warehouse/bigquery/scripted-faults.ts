/** What can go wrong with a request, as values that a test plans. */
import type { ErrorProto } from '../../bigquery/support/documented-errors.ts';
import type { Answer, Holdings, SeenRequest } from './scripted-types.ts';

/** What a fault can see and do; null: the connection breaks. */
export type Fault = (
  effect: () => Answer,
  request: SeenRequest,
  world: Holdings,
) => Answer | null | Promise<Answer | null>;

/** An answer in place of the effect. */
export function answers(answer: Answer): Fault {
  return () => answer;
}

/** It takes effect, and something else is answered. */
export function answersAfter(answer: Answer): Fault {
  return (effect) => {
    effect();
    return answer;
  };
}

/** The request is lost. */
export const isLost: Fault = () => null;

/** It takes effect, and the answer is lost. */
export const answerIsLost: Fault = (effect) => {
  effect();
  return null;
};

/** It takes effect, and half of its answer arrives. */
export const breaksOff: Fault = (effect) => ({ ...effect(), part: 0.5 });

/** It takes effect, and the answer is JSON that was cut, though it claims to be whole. */
export const isCutJson: Fault = (effect) => {
  const { status, body } = effect();
  return { status, body: JSON.stringify(body).slice(0, -7), headers: { 'content-type': 'application/json' } };
};

/** The job is taken, and ends with an error. */
export function jobFails(error: ErrorProto): Fault {
  return (effect, _request, world) => {
    world.nextJob = { error };
    return effect();
  };
}

/** Of a chunk only the first bytes arrive, and the server says so. */
export function keepsOnly(bytes: number): Fault {
  return (effect, _request, world) => {
    world.keepBytes = bytes;
    return effect();
  };
}

/** Something happens, then the request takes effect. */
export function after(what: () => unknown): Fault {
  return async (effect) => {
    await what();
    return effect();
  };
}
