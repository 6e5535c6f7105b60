/**
 * Signatures of the simulation: three parts like a real object, the middle one readable. netd's
 * verification is tested in Go; here the question is what is signed and when.
 */
import type { GrantClaims, LeaseClaims } from "#shared/grant/claims.ts";
import type { GatewayDesired, TunnelDesired } from "#shared/protocol/desired.ts";
import type { TrustSet } from "#shared/protocol/trust.ts";
import type { Signer } from "../../controller/ports/signer.ts";

/** Returns the payload of an object made by `simulatedSigner`. */
export function readSigned(jws: string): unknown {
  return JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8"));
}

/** Returns a trust set in name only: its version is all that anybody reads here. */
export function simulatedTrust(aud: string): TrustSet {
  const keys = { configKeys: [], grantKeys: [], leaseKeys: [], breakGlassKeys: [] };
  return { version: 1, aud, roots: [], ...keys, killed: [], chain: [], sig: "" };
}

/** Signs by encoding only. */
export const simulatedSigner: Signer = {
  config: (payload: TunnelDesired | GatewayDesired) => encode("config", payload),
  grant: (claims: GrantClaims) => encode("grant", claims),
  leases: (claims: LeaseClaims) => encode("leases", claims),
};

function encode(kind: string, payload: object): string {
  return `${kind}.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.sim`;
}
