/** Which certificate may have a link: judged by our own records, never by the TLS library's verdict. */
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { parseSpiffe } from "#shared/base/spiffe.ts";
import { closeCodes } from "#shared/protocol/capability.ts";
import type { ProvedIdentity } from "../session/proved-identity.ts";
import type { IdentityRecord } from "../record.ts";
import type { ControllerState } from "../state.ts";
import { dayMs } from "#shared/base/time-span.ts";

/** A leaf whose issuer's signature was verified, and the address it came from. */
export interface PresentedLeaf {
  readonly identity: string;
  readonly spkiHex: string;
  readonly notBeforeAt: number;
  readonly notAfterAt: number;
  readonly remoteAddress: string;
}

/** What becomes of a connection. */
export type AdmissionVerdict =
  | { readonly kind: "admitted"; readonly identity: ProvedIdentity }
  | { readonly kind: "refused"; readonly closeCode: number; readonly error: ErrorRef };

/** Judges a leaf for a link: trust domain, status, key in the store, validity by our clock. */
export function admit(state: ControllerState, leaf: PresentedLeaf, now: number): AdmissionVerdict {
  const found = findIdentity(state, leaf);
  if (found === null) {
    return refused(closeCodes.certificate, {
      code: "SP-201",
      params: { peer: leaf.identity.slice(0, 256) },
    });
  }
  if (found.status === "revoked") {
    return refused(closeCodes.revoked, { code: "SP-203", params: { identity: found.id } });
  }
  if (leaf.notAfterAt <= now || leaf.notBeforeAt > now) {
    return refused(closeCodes.certificate, {
      code: "SP-202",
      params: { notAfterAt: leaf.notAfterAt },
    });
  }
  return {
    kind: "admitted",
    identity: {
      role: found.role,
      id: found.id,
      certificateEndsAt: leaf.notAfterAt,
      remoteAddress: leaf.remoteAddress,
    },
  };
}

const lateRenewalMs = 30 * dayMs;

/** Judges a leaf for late renewal: as `admit`, but it may have ended up to 30 days ago. */
export function admitRenewal(
  state: ControllerState,
  leaf: PresentedLeaf,
  now: number,
): AdmissionVerdict {
  const judgedAt = Math.min(now, leaf.notAfterAt - 1);
  if (now - leaf.notAfterAt > lateRenewalMs) return admit(state, leaf, now);
  return admit(state, leaf, judgedAt);
}

function findIdentity(state: ControllerState, leaf: PresentedLeaf): IdentityRecord | null {
  const named = parseSpiffe(leaf.identity, state.trustDomain);
  if (named === null || named.role === "controller") return null;
  const held = (named.role === "device" ? state.devices : state.gateways).get(named.id);
  // The key must be the one that we certified last: an older certificate of a rotated key is refused.
  return held !== undefined && held.record.spkiHex === leaf.spkiHex ? held.record : null;
}

function refused(closeCode: number, error: ErrorRef): AdmissionVerdict {
  return { kind: "refused", closeCode, error };
}
