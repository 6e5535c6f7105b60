/** Claims of grants and lease lists; checked by netd, made by the controller. */

/** Payload of `grant+jwt`: one per (session, gateway); times in seconds. */
export interface GrantClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly jti: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly ver: number;
  readonly lease: number;
  readonly tolerance: number;
  readonly cnf: { readonly jkt: string };
  readonly wg: { readonly pk: string; readonly ips: readonly string[] };
  readonly act?: { readonly sub: string };
  readonly ses?: string;
  readonly access: readonly { readonly r: string; readonly exp: number }[];
  readonly dec: string;
  readonly pol: string;
}

/** Payload of `leases+jwt`: the grants that live on for `for` seconds; `iat` strictly rises, with ms as fraction. */
export interface LeaseClaims {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly epoch: string;
  readonly for: number;
  readonly jti: readonly string[];
}

/** `typ` values of our signed objects; each has its own key. */
export type SignedType = "config+jwt" | "grant+jwt" | "leases+jwt";

/** Protected header of every signed object; any other member is refused. */
export interface SignedHeader {
  readonly alg: "Ed25519";
  readonly typ: SignedType;
  readonly kid: string;
}
