/** What a gateway is told besides its config: the snapshot, lease lists every 10 s, a check every 30 s. */
import { grantListing } from "#shared/grant/listing.ts";
import type { GrantClaims } from "#shared/grant/claims.ts";
import { spiffeOf } from "#shared/base/spiffe.ts";
import type { Step } from "../context.ts";
import { setDeadline } from "../deadline-queue.ts";
import type { DeviceState, GatewayState, Permit } from "../state.ts";

const resyncEveryMs = 1_000;
const leaseEveryMs = 10_000;
const checkEveryMs = 30_000;
const beatFreshMs = 45_000;
/** Devices that come back together share one list. */
const soonMs = 250;
const listMax = 4_096;
const defaultLeaseSeconds = 120;

/** Sends all that the gateway is to hold; deltas of this connection follow it, leases too. */
export function sendSnapshot(step: Step, gateway: GatewayState): void {
  const { link } = gateway;
  if (link?.phase !== "greeted") return;
  const grants: GrantClaims[] = [];
  for (const { permit, claims } of livePermits(step, gateway)) {
    grants.push(claims);
    permit.leasedAt = 0;
  }
  step.effects.push({ kind: "snapshot", link: link.id, epoch: step.state.epoch, grants });
  link.synced = true;
  link.syncedAt = step.now;
  sendLeases(step, gateway);
  const key = gateway.record.id;
  setDeadline(step.state.deadlines, `check:${key}`, step.now + checkEveryMs);
}

/** Answers a gateway that lost the thread: by a snapshot now, or a second after the last one. */
export function resync(step: Step, gateway: GatewayState): void {
  const { link, record } = gateway;
  if (link === null) return;
  const at = link.syncedAt + resyncEveryMs;
  if (at <= step.now) sendSnapshot(step, gateway);
  else setDeadline(step.state.deadlines, `snapshot:${record.id}`, at);
}

/** Sends lease lists for the grants past half their lease whose device is alive, and sets the next time. */
export function sendLeases(step: Step, gateway: GatewayState): void {
  const { state, now } = step;
  const { link, record } = gateway;
  if (link?.synced !== true) return;
  setDeadline(state.deadlines, `leases:${record.id}`, now + leaseEveryMs);
  const due = new Map<number, string[]>();
  let silent = 0;
  for (const { device, permit, claims } of livePermits(step, gateway)) {
    if (now - permit.leasedAt < (claims.lease * 1000) / 2) continue;
    if (!isAlive(device, now)) {
      silent += 1;
      continue;
    }
    permit.leasedAt = now;
    const listed = due.get(claims.lease);
    if (listed === undefined) due.set(claims.lease, [claims.jti]);
    else listed.push(claims.jti);
  }
  // An empty list too says that the controller lives: silence starts the offline tolerance.
  if (due.size === 0) sendList(step, gateway, { seconds: defaultLeaseSeconds, jti: [] });
  for (const [seconds, jtis] of due) {
    for (let from = 0; from < jtis.length; from += listMax) {
      sendList(step, gateway, { seconds, jti: jtis.slice(from, from + listMax) });
    }
  }
  const named = [...due.values()].reduce((sum, jtis) => sum + jtis.length, 0);
  tally(step, "named", named);
  tally(step, "silent", silent);
}

/** Brings the next lease lists forward for a device that was silent, so that it need not wait for their turn. */
export function leaseSoon(step: Step, device: DeviceState): void {
  const { deadlines, gateways } = step.state;
  for (const [id, { live }] of device.permits) {
    if (live === null || gateways.get(id)?.link?.synced !== true) continue;
    const key = `leases:${id}`;
    setDeadline(deadlines, key, Math.min(deadlines.at.get(key) ?? Infinity, step.now + soonMs));
  }
}

/** Tells whether a device was heard of lately enough for its grants to live on. */
export function isAlive(device: DeviceState, now: number): boolean {
  return now - device.posture.lastBeatAt < beatFreshMs;
}

/** Sends the digest of what the gateway should hold; it asks for a snapshot where it differs. */
export function sendCheck(step: Step, gateway: GatewayState): void {
  const { link, record } = gateway;
  if (link?.synced !== true) return;
  setDeadline(step.state.deadlines, `check:${record.id}`, step.now + checkEveryMs);
  const listing = grantListing([...livePermits(step, gateway)].map(({ claims }) => claims));
  const hash = step.context.sha256Hex(listing);
  step.effects.push({ kind: "send", link: link.id, message: { kind: "check", hash } });
}

function sendList(
  step: Step,
  gateway: GatewayState,
  { seconds, jti }: { readonly seconds: number; readonly jti: string[] },
): void {
  const { state, now } = step;
  const { link, record } = gateway;
  if (link === null) return;
  gateway.lastLeaseIatMs = Math.max(gateway.lastLeaseIatMs + 1, now);
  step.effects.push({
    kind: "leases",
    link: link.id,
    claims: {
      iss: `spiffe://${state.trustDomain}/controller`,
      aud: spiffeOf(state.trustDomain, { role: "gateway", id: record.id }),
      iat: gateway.lastLeaseIatMs / 1000,
      epoch: state.epoch,
      for: seconds,
      jti,
    },
  });
}

interface LivePermit {
  readonly device: DeviceState;
  readonly permit: Permit;
  readonly claims: GrantClaims;
}

function* livePermits(step: Step, gateway: GatewayState): Generator<LivePermit> {
  for (const deviceId of gateway.holders.values()) {
    const device = step.state.devices.get(deviceId);
    const permit = device?.permits.get(gateway.record.id);
    const claims = permit?.live ?? null;
    if (device === undefined || permit === undefined || claims === null) continue;
    if (claims.exp * 1000 > step.now) yield { device, permit, claims };
  }
}

function tally(step: Step, result: "named" | "silent", by: number): void {
  if (by === 0) return;
  const labels = { result };
  step.effects.push({
    kind: "tally",
    tally: { name: "sallyport_grant_renewals_total", labels },
    by,
  });
}
