/**
 * What each gateway holds for a device, brought to what is to be open.
 *
 *   none ──wanted──▶ writing ──durable──▶ sent ──applied──▶ open     (opening waits for disk and gateway)
 *     ▲────────────── not wanted: removed at once, disk beside ────────│
 */
import { hourMs, minuteMs } from "#shared/base/time-span.ts";
import type { GrantClaims } from "#shared/grant/claims.ts";
import type { StoreWrite } from "../row.ts";
import type { Step } from "../context.ts";
import { signedInOn } from "../person/user-session.ts";
import type { DeviceState, Permit } from "../state.ts";
import {
  makeGrant,
  narrowGrant,
  type Pair,
  type OpenResource,
  shortestAccessMs,
} from "./grant-claims.ts";

const renewBeforeMs = hourMs;
/** A grant that is due is made anew only where access is to last that much longer. */
const gainMinMs = minuteMs;

/** A wider grant that waits for its write. */
export interface Opening {
  readonly permit: Permit;
  readonly claims: GrantClaims;
}

/** What bringing one permit to its target led to; `writes` go beside, `opening` goes first to the disk. */
export interface PermitChange {
  readonly writes: readonly StoreWrite[];
  readonly opening: Opening | null;
}

/** Takes away at once what is not in `wanted` and returns what is to be opened, nothing of it sent yet. */
export function bringPermit(
  step: Step,
  pair: Pair,
  { wanted, mayOpen }: { readonly wanted: readonly OpenResource[]; readonly mayOpen: boolean },
): PermitChange {
  const { device, gateway } = pair;
  const permit = device.permits.get(gateway.record.id) ?? newPermit();
  const writes: StoreWrite[] = narrowTo(step, pair, { permit, wanted });
  const lasting = wanted.filter(({ untilAt }) => untilAt - step.now >= shortestAccessMs);
  const session = signedInOn(step.state, device, step.now)?.session.id;
  if (!mayOpen || lasting.length === 0 || holdsAll(step, { permit, session }, lasting)) {
    return { writes, opening: null };
  }
  device.permits.set(gateway.record.id, permit);
  return { writes, opening: { permit, claims: makeGrant(step, pair, lasting) } };
}

/** Returns a permit that holds nothing. */
export function newPermit(): Permit {
  return {
    live: null,
    applied: new Set(),
    writing: null,
    leasedAt: 0,
    doubted: false,
    doubtedAt: 0,
  };
}

/** Returns when a grant is due for a later end; grants are renewed an hour ahead, short ones at half their life. */
export function renewAt(claims: GrantClaims): number {
  return claims.exp * 1000 - Math.min(renewBeforeMs, ((claims.exp - claims.iat) * 1000) / 2);
}

function narrowTo(
  step: Step,
  pair: Pair,
  { permit, wanted }: { readonly permit: Permit; readonly wanted: readonly OpenResource[] },
): StoreWrite[] {
  const { device, gateway } = pair;
  const names = new Set(wanted.map((open) => open.resource.id));
  const { live } = permit;
  if (permit.writing !== null && !permit.writing.claims.access.every(({ r }) => names.has(r))) {
    permit.writing = null;
  }
  if (live === null) return [];
  const kept = sameTunnel(live, device)
    ? live.access.filter(({ r, exp }) => names.has(r) && exp * 1000 > step.now)
    : [];
  if (kept.length === live.access.length) return [];
  const narrower = kept.length === 0 ? null : narrowGrant(step, pair, { ...live, access: kept });
  hold(pair, permit, narrower);
  permit.applied = new Set([...permit.applied].filter((id) => kept.some(({ r }) => r === id)));
  if (gateway.link?.synced === true) {
    step.effects.push({
      kind: "grants",
      link: gateway.link.id,
      gateway: gateway.record.id,
      add: narrower === null ? [] : [narrower],
      remove: narrower === null ? [live.jti] : [],
      urgent: true,
      narrowed: narrower === null ? [] : [live.jti],
    });
  }
  const ended: StoreWrite = {
    kind: "grantEnd",
    jti: live.jti,
    at: step.now,
    because: narrower === null ? "closed" : "narrowed",
  };
  const row = { device: device.record.id, gateway: gateway.record.id };
  return narrower === null
    ? [ended]
    : [ended, { kind: "grant", row: { ...row, claims: narrower } }];
}

/** Makes `claims` what the gateway is to hold for the device. */
export function hold(pair: Pair, permit: Permit, claims: GrantClaims | null): void {
  const { device, gateway } = pair;
  if (permit.live !== null) gateway.holders.delete(permit.live.jti);
  if (claims !== null) gateway.holders.set(claims.jti, device.record.id);
  permit.live = claims;
}

function sameTunnel(claims: GrantClaims, device: DeviceState): boolean {
  const { wgPublicKey, address4, address6 } = device.record;
  const { pk, ips } = claims.wg;
  return pk === wgPublicKey && ips.includes(`${address4}/32`) && ips.includes(`${address6}/128`);
}

interface Held {
  readonly permit: Permit;
  readonly session: string | undefined;
}

function holdsAll(step: Step, { permit, session }: Held, wanted: readonly OpenResource[]): boolean {
  if (permit.doubted && permit.writing === null) return false;
  const claims = permit.writing?.claims ?? permit.live;
  if (claims === null) return false;
  // It names whose access it is: another person's needs another one.
  if (claims.ses !== session) return false;
  const held = new Map(claims.access.map(({ r, exp }) => [r, exp * 1000]));
  const due = step.now >= renewAt(claims);
  return wanted.every(({ resource, untilAt }) => {
    const endsAt = held.get(resource.id);
    return endsAt !== undefined && !(due && untilAt > endsAt + gainMinMs);
  });
}
