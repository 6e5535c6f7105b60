/**
 * A gateway's netd and kernel as a slow, obvious model: what flows is computed from the grants,
 * leases and deadlines themselves each time it is asked. It outlives the agent beside it.
 */
import type { GrantClaims, LeaseClaims } from "#shared/grant/claims.ts";
import type { GatewayDesired } from "#shared/protocol/desired.ts";
import type { NetdAnswer, NetdRequest, Observed } from "../../agent/core/netd.ts";
import { readSigned } from "./signed.ts";

interface Held {
  readonly claims: GrantClaims;
  liveUntilMs: number;
}

/** What one device may reach through this gateway right now. */
export interface OpenGrant {
  readonly device: string;
  readonly jti: string;
  readonly resources: readonly string[];
}

/** A gateway's network. */
export interface GatewayKernel {
  /** Carries a request out at `serverMs` (ms since the epoch, by the controller's clock). */
  request(request: NetdRequest, serverMs: number): NetdAnswer;
  open(serverMs: number): readonly OpenGrant[];
  /** Whether the device was ever made known here. */
  knows(device: string): boolean;
  /** Suspend or paused machine: nothing lives until the next list. */
  clockJumped(): void;
  /** netd died and came back: the book is lost, the kernel's elements stay until they time out. */
  restarted(): void;
}

const done: NetdAnswer = { ok: true, error: null, kernelAtMs: 0, steps: [], observed: null };

/** Returns a gateway without any configuration; `added` hears of each grant that enters. */
export function startGatewayKernel(added: (claims: GrantClaims) => void): GatewayKernel {
  let desired: GatewayDesired | null = null;
  let book = new Map<string, Held>();
  let elements = new Map<string, Held>();
  let removed = new Set<string>();
  const known = new Set<string>();
  let parts: string[] = [];
  let lastLeaseIat = 0;

  const refuse = (code: string, detail: string): NetdAnswer => ({
    ...done,
    ok: false,
    error: { code, at: "", detail },
  });
  const take = (jws: string, serverMs: number): string | null => {
    const claims = readSigned(jws) as GrantClaims;
    if (claims.exp * 1000 <= serverMs) return "expired";
    if (removed.has(claims.jti)) return "removed before";
    const same = [...book.values()].find((held) => held.claims.sub === claims.sub);
    if (same !== undefined && same.claims.jti !== claims.jti) {
      if (same.claims.ver >= claims.ver) return "older version";
      drop(same.claims.jti);
    }
    const former = book.get(claims.jti) ?? elements.get(claims.jti);
    const firstLeaseMs = Math.min(claims.iat + claims.lease, claims.exp) * 1000;
    const held = { claims, liveUntilMs: Math.max(former?.liveUntilMs ?? 0, firstLeaseMs) };
    book.set(claims.jti, held);
    elements.set(claims.jti, held);
    known.add(claims.sub.split("/").at(-1) ?? "");
    added(claims);
    return null;
  };
  const drop = (jti: string): void => {
    book.delete(jti);
    elements.delete(jti);
    removed.add(jti);
  };
  const snapshot = (request: Extract<NetdRequest, { verb: "snapshot" }>, serverMs: number) => {
    parts = request.part === 1 ? [...request.grants] : [...parts, ...request.grants];
    if (request.part < request.parts) return done;
    const named = new Set(parts.map((jws) => (readSigned(jws) as GrantClaims).jti));
    for (const jti of elements.keys()) if (!named.has(jti)) drop(jti);
    const refusals = parts.map((jws) => take(jws, serverMs)).filter((why) => why !== null);
    return refusals[0] === undefined ? done : refuse("conflict", refusals[0]);
  };
  const renew = (claims: LeaseClaims): NetdAnswer => {
    if (claims.iat <= lastLeaseIat) return refuse("conflict", "leases.iat");
    lastLeaseIat = claims.iat;
    for (const jti of claims.jti) {
      const held = book.get(jti);
      if (held === undefined) continue;
      const until = Math.min(claims.iat + claims.for, claims.iat + held.claims.lease);
      held.liveUntilMs = Math.min(until, held.claims.exp) * 1000;
      elements.set(jti, held);
    }
    return done;
  };
  return {
    request(request, serverMs) {
      switch (request.verb) {
        case "config":
          desired = readSigned(request.jws) as GatewayDesired;
          return done;
        case "grants": {
          for (const jti of request.remove) drop(jti);
          const refusals = request.add.map((jws) => take(jws, serverMs)).filter((why) => why);
          return refusals[0] ? refuse("conflict", refusals[0]) : done;
        }
        case "snapshot":
          if (desired === null) return refuse("conflict", "no config");
          return snapshot(request, serverMs);
        case "leases":
          return renew(readSigned(request.jws) as LeaseClaims);
        case "observe":
          return { ...done, observed: observed([...book.values()]) };
        case "narrow":
          for (const held of elements.values()) held.liveUntilMs = 0;
          return done;
        case "breakGlassLog":
        case "portal":
        case "trust":
        case "link":
          return done;
      }
    },
    open: (serverMs) =>
      [...elements.values()]
        .filter((held) => held.liveUntilMs > serverMs && held.claims.exp * 1000 > serverMs)
        .map(({ claims }) => ({
          device: claims.sub.split("/").at(-1) ?? "",
          jti: claims.jti,
          resources: claims.access.filter((one) => one.exp * 1000 > serverMs).map((one) => one.r),
        })),
    knows: (device) => known.has(device),
    clockJumped() {
      for (const held of elements.values()) held.liveUntilMs = 0;
    },
    restarted() {
      book = new Map();
      elements = new Map(elements);
      removed = new Set(removed);
      parts = [];
    },
  };
}

function observed(held: readonly Held[]): Observed {
  return {
    wireguard: "userspace",
    configVersion: 1,
    guard: { table: true, rules: true },
    routes: [],
    peers: [],
    grants: held.map(({ claims }) => ({ jti: claims.jti, exp: claims.exp })),
    findings: [],
  };
}
