/** Gateways' pre-shared secrets: made at enrolment, sealed in the store, opened for the core only. */
import { randomBytes } from "node:crypto";
import type { GatewayRecord, IdentityRecord } from "../../core/record.ts";
import type { Sealing } from "../keys/sealing.ts";
import type { SealedGateway, StoredIdentity } from "./record.ts";

/** Returns a new secret of 32 bytes, sealed for the gateway of this id. */
export function sealNewSecret(sealing: Sealing, id: string): Uint8Array {
  return sealing.seal({ table: "gateway", id }, randomBytes(32));
}

/** Returns the gateway with its secret opened; throws SP-803 where it was altered. */
export function openGateway(sealing: Sealing, sealed: SealedGateway): GatewayRecord {
  const { sealedPsk, ...gateway } = sealed;
  const secret = sealing.open({ table: "gateway", id: gateway.id }, sealedPsk);
  return { ...gateway, pskSecret: secret.toString("base64url") };
}

/** Returns the identity as the core knows it. */
export function openIdentity(sealing: Sealing, stored: StoredIdentity): IdentityRecord {
  return stored.role === "gateway" ? openGateway(sealing, stored) : stored;
}
