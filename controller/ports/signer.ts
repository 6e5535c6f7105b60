import type { GrantClaims, LeaseClaims } from "#shared/grant/claims.ts";
import type { GatewayDesired, TunnelDesired } from "#shared/protocol/desired.ts";

/** Signs what opens; synchronous, deterministic (Ed25519): the same claims give the same bytes. */
export interface Signer {
  config(payload: TunnelDesired | GatewayDesired): string;
  grant(claims: GrantClaims): string;
  leases(claims: LeaseClaims): string;
}
