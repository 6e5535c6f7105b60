import type { Signer } from "../../ports/signer.ts";
import { signJws } from "./jws.ts";
import type { KeyRing } from "./key-ring.ts";
import { signingKey } from "./key-schedule.ts";
import type { ObjectPurpose, SigningKey } from "./signing-key.ts";

/** Returns a signer that gives each type the key of its purpose at its time of issue. */
export function makeSigner({ objects }: Pick<KeyRing, "objects">): Signer {
  const keyOf = (purpose: ObjectPurpose, issuedAtSeconds: number): SigningKey =>
    signingKey(objects.of(purpose), issuedAtSeconds * 1000).signing;
  return {
    config: (payload) => signJws("config+jwt", payload, keyOf("config", payload.iat)),
    grant: (claims) => signJws("grant+jwt", claims, keyOf("grant", claims.iat)),
    leases: (claims) => signJws("leases+jwt", claims, keyOf("lease", claims.iat)),
  };
}
