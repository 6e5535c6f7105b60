/** Who may ask: Host and Origin first (a page of somebody else must not get through), then the token or session. */
import type { FastifyRequest } from "fastify";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { StoreThreads } from "../store/store-threads.ts";
import { addressKey, makeRateLimit } from "../limit/rate-limit.ts";
import { findToken, tokenHash } from "../token/token.ts";
import type { Actor } from "./actor.ts";
import type { OwnAddress } from "./own-address.ts";
import { secretOf } from "./session-cookie.ts";

/** What the guard asks. */
export interface GuardParts {
  readonly store: Pick<StoreThreads, "read">;
  readonly clock: Pick<Clock, "nowAt" | "monotonicMs">;
  readonly address: Pick<OwnAddress, "isOwn" | "origin">;
}

/** The doors of the API. */
export interface Guard {
  /** Refuses other pages, other names and the impatient (SP-703, 706); asks nobody who they are. */
  door(request: FastifyRequest): void;
  /** Returns who asks, or throws SP-701, 703 or 706. */
  actor(request: FastifyRequest): Promise<Actor>;
  /** Returns what the caller may still ask now, as headers (RateLimit, IETF draft-11). */
  allowance(request: FastifyRequest): Readonly<Record<string, string>>;
  /** Counts a try to sign in by what costs us or others work; throws SP-706 where there are too many. */
  attempt(request: FastifyRequest): void;
  /** Returns the refusal of a wrong secret: SP-701, or SP-706 where it was one of many. */
  failure(request: FastifyRequest): CodedError;
}

const requestRate = { burst: 200, perSecond: 100 };
const ratePolicy = {
  "ratelimit-policy": `"default";q=${requestRate.burst};w=${requestRate.burst / requestRate.perSecond}`,
};

/** Returns the guard of the admin API. */
export function makeGuard({ store, clock, address }: GuardParts): Guard {
  const requests = makeRateLimit(requestRate);
  const failures = makeRateLimit({ burst: 10, perSecond: 0.2 });
  const attempts = makeRateLimit({ burst: 20, perSecond: 0.5 });
  const door = (request: FastifyRequest) => {
    refuseOtherPages(request, address);
    const waitSeconds = requests.take(addressKey(request.ip), clock.monotonicMs());
    if (waitSeconds > 0) throw tooMany(waitSeconds);
  };
  const failure = (request: FastifyRequest) => {
    const lockSeconds = failures.take(addressKey(request.ip), clock.monotonicMs());
    return lockSeconds > 0 ? tooMany(lockSeconds) : new CodedError("SP-701");
  };
  return {
    door,
    attempt(request) {
      const waitSeconds = attempts.take(addressKey(request.ip), clock.monotonicMs());
      if (waitSeconds > 0) throw tooMany(waitSeconds);
    },
    failure,
    allowance(request) {
      const left = requests.left(addressKey(request.ip), clock.monotonicMs());
      const fullAfterSeconds = Math.ceil((requestRate.burst - left) / requestRate.perSecond);
      return { ...ratePolicy, ratelimit: `"default";r=${left};t=${fullAfterSeconds}` };
    },
    async actor(request) {
      door(request);
      const nowAt = clock.nowAt();
      const found = await findActor(store, request, nowAt);
      if (found === null) throw failure(request);
      return found;
    },
  };
}

/** Returns whom the token or the session of a request stands for at that time, or null. */
export function findActor(
  store: GuardParts["store"],
  request: FastifyRequest,
  nowAt: number,
): Promise<Actor | null> {
  const { authorization } = request.headers;
  return authorization === undefined
    ? ofCookie(store, request, nowAt)
    : ofToken(store, authorization, nowAt);
}

async function ofToken(
  store: GuardParts["store"],
  header: string,
  nowAt: number,
): Promise<Actor | null> {
  const secret = /^Bearer ([\w-]{16,128})$/.exec(header)?.[1];
  if (secret === undefined) return null;
  const holder = findToken(secret, await store.read("token.live", nowAt));
  if (holder === null) return null;
  const { id: credential, admin, adminName: name, name: token, role } = holder;
  return { admin, name, token, credential, role, session: null };
}

async function ofCookie(
  store: GuardParts["store"],
  request: FastifyRequest,
  nowAt: number,
): Promise<Actor | null> {
  const secret = secretOf(request.headers.cookie);
  if (secret === null) return null;
  // A page on another port of this host is "same site": its requests carry the cookie too.
  if (request.headers["sec-fetch-site"] !== "same-origin") throw foreign();
  const found = await store.read("session.live", { hash: tokenHash(secret), nowAt });
  if (found === null) return null;
  const { id, expiresAt, activeAt, admin, adminName: name, token, tokenId, role } = found;
  const credential = tokenId ?? admin;
  return { admin, name, token, credential, role, session: { id, expiresAt, activeAt } };
}

/** Only our own page, under a name that no resolver can point elsewhere (DNS rebinding). */
function refuseOtherPages(request: FastifyRequest, address: GuardParts["address"]): void {
  const { origin, "sec-fetch-site": site = "same-origin" } = request.headers;
  const hosts = request.raw.headersDistinct["host"] ?? [];
  if (hosts.length !== 1 || !address.isOwn(request.host)) throw foreign();
  // The way back from an identity provider is a page load that another site began; it carries no session.
  if (request.routeOptions.config.fromElsewhere === true) return;
  // Behind a proxy that ends TLS the console's own page speaks by the name that `serve` was told.
  const ours = [undefined, `${request.protocol}://${request.host}`, address.origin()];
  if (!ours.includes(origin) || site !== "same-origin") throw foreign();
}

function foreign(): CodedError {
  const why = "requests of other web pages and by other names are refused";
  return new CodedError("SP-703", { why });
}

function tooMany(retryAfterSeconds: number): CodedError {
  return new CodedError("SP-706", { retryAfterSeconds });
}
