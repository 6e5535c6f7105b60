/** What the agent asks of netd, and what netd answers. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { BreakGlassOpening } from "#shared/protocol/break-glass.ts";

/** A request without its id; the adapter numbers them. */
export type NetdRequest =
  | { readonly verb: "trust"; readonly set: Readonly<Record<string, unknown>> }
  | { readonly verb: "config"; readonly jws: string }
  | { readonly verb: "grants"; readonly add: readonly string[]; readonly remove: readonly string[] }
  | {
      readonly verb: "snapshot";
      readonly epoch: string;
      readonly part: number;
      readonly parts: number;
      readonly hash: string;
      readonly grants: readonly string[];
    }
  | { readonly verb: "leases"; readonly jws: string }
  | { readonly verb: "narrow"; readonly what: "block" | "down" }
  | { readonly verb: "link"; readonly up: boolean }
  | { readonly verb: "portal"; readonly address: string; readonly port: number }
  | { readonly verb: "observe" }
  | { readonly verb: "breakGlassLog" };

/** What netd tells without being asked, as far as the agent acts on it. */
export const netdNotices = [
  "linkChanged",
  "addressChanged",
  "handshake",
  "handshakeLost",
  "failover",
  "firewallChanged",
  "tampered",
  "clockJumped",
  "configReturned",
  "denied",
  "processEnded",
] as const;

/** One of them. */
export type NetdNotice = (typeof netdNotices)[number];

/** Why a request was sent; comes back with its answer. */
export type NetdTopic =
  | { readonly kind: "trust" }
  | { readonly kind: "config"; readonly version: number }
  | {
      readonly kind: "grants";
      readonly n: number;
      readonly removed: number;
      readonly receivedMonotonicMs: number;
    }
  | { readonly kind: "snapshot"; readonly hash: string; readonly last: boolean }
  | { readonly kind: "leases" }
  | { readonly kind: "check"; readonly hash: string }
  | { readonly kind: "telemetry" }
  /** A local user asked what is wrong. */
  | { readonly kind: "doctor"; readonly client: number; readonly id: number }
  /** A local user wants to sign in to the network. */
  | { readonly kind: "portal"; readonly client: number; readonly id: number; readonly page: string }
  | { readonly kind: "link" }
  | { readonly kind: "breakGlass" }
  | { readonly kind: "narrow"; readonly what: "block" | "down" };

/** Answer to one request; a refusal may still carry what was done of it. */
export interface NetdAnswer {
  readonly ok: boolean;
  readonly error: NetdRefusal | null;
  /** CLOCK_MONOTONIC ms of the kernel's commit, where there was one. */
  readonly kernelAtMs: number | null;
  readonly steps: readonly {
    readonly name: string;
    readonly result: string;
    /** Why it failed. */
    readonly detail?: string;
  }[];
  readonly observed: Observed | null;
  /** What was opened here without the controller. */
  readonly openings?: readonly BreakGlassOpening[];
  /** For how long a captive portal is open. */
  readonly openSeconds?: number;
}

/** A refusal of netd, or of the way to it (`unreachable`). */
export interface NetdRefusal {
  readonly code: string;
  readonly at: string;
  readonly detail: string;
}

/** A fresh reading of the kernel, as far as the agent needs it. */
export interface Observed {
  readonly wireguard: "kernel" | "userspace" | "none";
  readonly configVersion: number;
  readonly guard: { readonly table: boolean; readonly rules: boolean };
  /** Whether there is a tunnel that nobody has narrowed. */
  readonly open?: boolean;
  readonly routes: readonly string[];
  readonly peers: readonly {
    readonly publicKey: string;
    readonly endpoint: string;
    readonly handshakeAgeSeconds: number | null;
    readonly rxBytes: number;
    readonly txBytes: number;
  }[];
  readonly grants: readonly { readonly jti: string; readonly exp: number }[];
  /** What others do to the network that netd may not mend. */
  readonly findings: readonly { readonly kind: string; readonly detail: string }[];
}

/** Returns the stable code for a refusal; `what` names the refused object. */
export function refusalError(refusal: NetdRefusal, what: string): ErrorRef {
  switch (refusal.code) {
    case "bad_signature":
      return { code: "SP-503", params: { what, why: refusal.detail } };
    case "no_space":
      return { code: "SP-404", params: { file: "netd's state" } };
    case "read_only":
      return { code: "SP-414", params: { file: "netd's state" } };
    case "unreachable":
      return { code: "SP-401", params: { socket: "netd.sock", why: refusal.detail } };
    default:
      return {
        code: "SP-405",
        params: { code: refusal.code, why: `${refusal.at} ${refusal.detail}`.trim() },
      };
  }
}

/** Returns why this machine begins no new flow, or null. */
export function flowsError({ findings }: Observed): ErrorRef | null {
  const full = findings.find(({ kind }) => kind === "flowsFull");
  return full === undefined ? null : { code: "SP-416", params: { held: full.detail } };
}

/** Returns what a gateway lost its own route to, or null. */
export function insideError({ findings }: Observed): ErrorRef | null {
  const lost = findings.find(({ kind }) => kind === "insideLost");
  return lost === undefined ? null : { code: "SP-418", params: { prefixes: lost.detail } };
}

/** Files that only an enrolment can give netd again. */
const fromEnrolment = ["pin.json", "wireguard.key"];

/** Returns the first lost file without which netd can enforce nothing, or null. */
export function lostFile(setAside: readonly string[] = []): ErrorRef | null {
  const name = setAside.find((file) => fromEnrolment.includes(file));
  return name === undefined ? null : asideError("SP-302", name);
}

/** Returns the lost files that come again by themselves. */
export function renewedFiles(setAside: readonly string[] = []): readonly ErrorRef[] {
  return setAside
    .filter((file) => !fromEnrolment.includes(file))
    .map((file) => asideError("SP-305", file));
}

function asideError(code: "SP-302" | "SP-305", name: string): ErrorRef {
  return { code, params: { file: `netd/${name}`, aside: `netd/${name}.corrupt-*` } };
}
