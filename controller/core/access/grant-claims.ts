/** Makes the claims of a grant: all that one tunnel address may reach at one gateway. */
import type { GrantClaims } from "#shared/grant/claims.ts";
import { spiffeOf } from "#shared/base/spiffe.ts";
import type { ResourceRecord } from "../record.ts";
import type { Step } from "../context.ts";
import { signedInOn } from "../person/user-session.ts";
import type { DeviceState, GatewayState } from "../state.ts";
import { policyOf } from "./policy-of.ts";

const grantMaxMs = 43_200_000;
/** Less than this left is decided again rather than granted. */
export const shortestAccessMs = 10_000;

/** A resource that is to be open, with the end of its own and the decision behind it. */
export interface OpenResource {
  readonly resource: ResourceRecord;
  readonly untilAt: number;
  readonly leaseSeconds: number;
  readonly decision: string;
}

/** Who is let in, and where. */
export interface Pair {
  readonly device: DeviceState;
  readonly gateway: GatewayState;
}

/** Returns how long an access of this device may last at most, in ms since epoch: certificate, sign-in and 12 h. */
export function latestAccessAt(device: DeviceState, now: number): number {
  const { session } = device;
  const signedInUntilAt =
    session === null || session.expiresAt <= now ? Infinity : session.expiresAt;
  return Math.min(now + grantMaxMs, device.certificateEndsAt, signedInUntilAt);
}

/** Returns the claims over `open`: not empty, no more than a grant has room for, ends within `latestAccessAt`. */
export function makeGrant(step: Step, pair: Pair, open: readonly OpenResource[]): GrantClaims {
  const { state, now } = step;
  const issuedAt = Math.floor(now / 1000);
  const access = [...open]
    .sort((left, right) => (left.resource.id < right.resource.id ? -1 : 1))
    .map(({ resource, untilAt }) => ({ r: resource.id, exp: Math.floor(untilAt / 1000) }));
  const { record } = pair.device;
  const signedIn = signedInOn(state, pair.device, now);
  return {
    ...headOf(step, pair),
    ...(signedIn === null ? {} : { act: { sub: signedIn.user.id }, ses: signedIn.session.id }),
    iat: issuedAt,
    nbf: issuedAt - 30,
    exp: Math.max(...access.map((entry) => entry.exp)),
    lease: clamp(Math.min(...open.map((entry) => entry.leaseSeconds)), 30, 900),
    tolerance: clamp(Math.min(...open.map(({ resource }) => toleranceOf(resource))), 0, 3600),
    cnf: { jkt: step.context.wireguardThumbprint(record.wgPublicKey) },
    wg: { pk: record.wgPublicKey, ips: [`${record.address4}/32`, `${record.address6}/128`] },
    access,
    dec: open[0]?.decision ?? "",
    pol: policyOf(state, record).version,
  };
}

/** Returns a grant that takes the place of a wider one (`access` not empty): another id, a higher version. */
export function narrowGrant(step: Step, pair: Pair, narrowed: GrantClaims): GrantClaims {
  const { jti, ver } = headOf(step, pair);
  const exp = Math.max(...narrowed.access.map((entry) => entry.exp));
  return { ...narrowed, jti, ver, exp };
}

function headOf(
  step: Step,
  { device, gateway }: Pair,
): Pick<GrantClaims, "iss" | "aud" | "sub" | "jti" | "ver"> {
  const { state, context, now } = step;
  const { trustDomain } = state;
  // By the clock, so that a version rises over a restart too without being kept anywhere.
  gateway.grantVersion = Math.max(gateway.grantVersion + 1, now);
  return {
    iss: `spiffe://${trustDomain}/controller`,
    aud: spiffeOf(trustDomain, { role: "gateway", id: gateway.record.id }),
    sub: spiffeOf(trustDomain, { role: "device", id: device.record.id }),
    jti: context.newId("ses", now).slice(4),
    ver: gateway.grantVersion,
  };
}

/** Returns for how many seconds a resource may be reached while its gateway is cut off. */
export function toleranceOf(
  resource: Pick<ResourceRecord, "sensitivity" | "offlineToleranceSeconds">,
): number {
  return resource.sensitivity === "high" ? 0 : resource.offlineToleranceSeconds;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(Math.floor(value), least), most);
}
