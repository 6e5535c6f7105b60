/** Signs trust sets: the object without `sig`, in RFC 8785 form, by the issuing key (decision 0003). */
import { canonicalJson } from "#shared/base/canonical-json.ts";
import type { TrustSet } from "#shared/protocol/trust.ts";
import { toBase64url } from "./encoding.ts";
import type { Issuer } from "./issuer.ts";

/** Returns the signed trust set; `sig` is base64url of 64 bytes, r and s (IEEE P1363). */
export async function signTrustSet(
  content: Omit<TrustSet, "sig">,
  issuer: Pick<Issuer, "sign">,
): Promise<TrustSet> {
  return { ...content, sig: toBase64url(await issuer.sign(canonicalJson(content))) };
}
