/** The sandbox's own routes, below /sandbox: misbehaviour, roles, modules, the clock, a day at the office, what was asked. */
import { type Answer, notFound, unprocessable } from './answer.ts';
import type { Fault, Faults } from './faults.ts';
import type { Modules, Rec } from './model.ts';
import type { TokenName } from './oauth.ts';
import type { RequestLog } from './request-log.ts';
import type { SandboxAccount } from './sandbox-account.ts';

interface Controlled {
  readonly account: SandboxAccount;
  readonly faults: Faults;
  readonly requests: RequestLog;
}

const ROLES: Readonly<Record<string, readonly string[]>> = {
  administrator: ['administrator'],
  manager: ['manager'],
  member: ['member'],
};

/**
 * Answers one control request:
 * `POST /sandbox/faults` {Fault} · `DELETE /sandbox/faults` · `GET|DELETE /sandbox/requests` ·
 * `POST /sandbox/day` {deletions?} · `POST /sandbox/role` {token, role | access_roles} ·
 * `POST /sandbox/modules` {invoice?: false …} · `POST /sandbox/clock` {advance_seconds | now}.
 * @throws Refusal 404, 422
 */
export function answerControl(method: string, path: string, body: Rec, sandbox: Controlled): Answer {
  const { account, faults, requests } = sandbox;
  const ok = (answer: unknown): Answer => ({ status: 200, body: answer });
  switch (`${method} ${path}`) {
    case 'POST /sandbox/faults':
      faults.add(body as unknown as Fault);
      return ok({ armed: true });
    case 'DELETE /sandbox/faults':
      faults.clear();
      return ok({ armed: false });
    case 'GET /sandbox/requests':
      return ok({ total: requests.total, routes: requests.byRoute() });
    case 'DELETE /sandbox/requests':
      requests.reset();
      return ok({ total: 0 });
    case 'POST /sandbox/day':
      return ok(account.passDay({ deletions: body['deletions'] === true }));
    case 'POST /sandbox/role':
      return ok(setRole(account, body));
    case 'POST /sandbox/modules':
      account.setModules(flagsOf(body));
      return ok(account.data.modules);
    case 'POST /sandbox/clock':
      return ok(setClock(account, body));
    default:
      throw notFound();
  }
}

function setRole(account: SandboxAccount, body: Rec): Rec {
  const token = body['token'];
  const roles = body['access_roles'] ?? ROLES[String(body['role'])];
  if (token !== 'administrator' && token !== 'manager' && token !== 'member')
    throw unprocessable('token is invalid');
  if (!Array.isArray(roles)) throw unprocessable('role is invalid');
  account.setRole(token satisfies TokenName, roles.map(String));
  return { token, access_roles: roles };
}

function flagsOf(body: Rec): Partial<Modules> {
  const names = ['expense', 'invoice', 'estimate', 'approval', 'team'] as const;
  return Object.fromEntries(
    names.filter((name) => typeof body[name] === 'boolean').map((name) => [name, body[name]]),
  );
}

function setClock(account: SandboxAccount, body: Rec): Rec {
  const { advance_seconds: seconds, now } = body;
  if (typeof seconds === 'number') account.clock.advance(seconds * 1000);
  else if (typeof now === 'string' && !Number.isNaN(Date.parse(now))) account.clock.set(now);
  else throw unprocessable('advance_seconds or now is needed');
  return { now: account.clock.instant() };
}
