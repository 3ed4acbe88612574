/** What a route answers, and the refusals that end it early. */
import type { Rec } from './model.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer other than success, thrown from anywhere below a route. Never leaves the sandbox. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly body: Rec;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: Rec, headers: Readonly<Record<string, string>> = {}) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** 403: it is there, but not for this person. */
export function forbidden(): Refusal {
  return new Refusal(403, {
    error: 'forbidden',
    error_description: 'The owner of this token may not see this resource.',
  });
}

export function notFound(): Refusal {
  return new Refusal(404, { status: 404, error: 'Not Found' });
}

/** 422 with the reason. */
export function unprocessable(message: string): Refusal {
  return new Refusal(422, { message });
}
