/** Who may ask: Host and Origin first (a page in a browser must not get through), then the token. */
import type { FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { StoreThreads } from "../store/store-threads.ts";
import { addressKey, makeRateLimit } from "../limit/rate-limit.ts";
import { findToken } from "../token/token.ts";
import type { Actor } from "./actor.ts";

/** What the guard asks. */
export interface GuardParts {
  readonly store: Pick<StoreThreads, "read">;
  readonly clock: Pick<Clock, "nowAt" | "monotonicMs">;
}

/** Returns who asks, or throws SP-701, 703 or 706. */
export type Guard = (request: FastifyRequest) => Promise<Actor>;

/** Returns the guard of the admin API. */
export function makeGuard({ store, clock }: GuardParts): Guard {
  const requests = makeRateLimit({ burst: 200, perSecond: 100 });
  const failures = makeRateLimit({ burst: 10, perSecond: 0.2 });
  return async (request) => {
    refuseBrowsers(request);
    const caller = addressKey(request.ip);
    const waitSeconds = requests.take(caller, clock.monotonicMs());
    if (waitSeconds > 0) throw tooMany(waitSeconds);
    const secret = /^Bearer ([\w-]{16,128})$/.exec(request.headers.authorization ?? "")?.[1];
    const live = await store.read("token.live", clock.nowAt());
    const holder = secret === undefined ? null : findToken(secret, live);
    if (holder === null) {
      const lockSeconds = failures.take(caller, clock.monotonicMs());
      throw lockSeconds > 0 ? tooMany(lockSeconds) : new CodedError("SP-701");
    }
    const { admin, adminName: name, name: token, role } = holder;
    return { admin, name, token, role };
  };
}

/** The API has no page of its own yet, so whatever names an origin is somebody else's page. */
function refuseBrowsers(request: FastifyRequest): void {
  const host = request.host.replace(/:\d+$/, "");
  const numeric = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\])$/i.test(host);
  if (request.headers.origin !== undefined || !(numeric || host === "localhost")) {
    throw new CodedError("SP-703", { why: "requests of web pages and by other names are refused" });
  }
}

function tooMany(retryAfterSeconds: number): CodedError {
  return new CodedError("SP-706", { retryAfterSeconds });
}
