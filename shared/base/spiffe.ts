/** Who an identity is: its role and its id inside one trust domain. */
export interface Identity {
  readonly role: "controller" | "device" | "gateway";
  readonly id: string;
}

const shape = /^spiffe:\/\/([a-z0-9.-]{1,100})\/(controller|device|gateway)\/([a-z0-9_.-]{1,64})$/;

/** Returns the one URI SAN of an identity's certificate. */
export function spiffeOf(trustDomain: string, identity: Identity): string {
  return `spiffe://${trustDomain}/${identity.role}/${identity.id}`;
}

/** Returns the identity of a URI SAN, or null where it is malformed or of another trust domain. */
export function parseSpiffe(uri: string, trustDomain: string): Identity | null {
  const [, domain, role, id] = shape.exec(uri) ?? [];
  if (domain !== trustDomain || id === undefined) return null;
  return role === "controller" || role === "device" || role === "gateway" ? { role, id } : null;
}
