import type { Signer } from "../../ports.ts";
import { signJws } from "./jws.ts";
import type { KeyRing } from "./key-ring.ts";

/** Returns a signer that gives each type the key of its purpose. */
export function makeSigner({ signing }: Pick<KeyRing, "signing">): Signer {
  return {
    config: (payload) => signJws("config+jwt", payload, signing.config),
    grant: (claims) => signJws("grant+jwt", claims, signing.grant),
    leases: (claims) => signJws("leases+jwt", claims, signing.lease),
  };
}
