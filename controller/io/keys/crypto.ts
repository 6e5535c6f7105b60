import { createHash, hkdfSync, randomBytes } from "node:crypto";
import type { Crypto } from "../../ports/crypto.ts";
import { thumbprint } from "./signing-key.ts";

/** Returns randomness, digests and derivations by node:crypto. */
export function makeCrypto(): Crypto {
  return {
    randomBytes: (count) => randomBytes(count),
    sha256Hex: (text) => createHash("sha256").update(text).digest("hex"),
    secretHash: (secret) =>
      createHash("sha256").update(Buffer.from(secret, "base64url")).digest("base64url"),
    presharedKey(pskSecret, devicePublicKey) {
      const secret = Buffer.from(pskSecret, "base64url");
      const salt = Buffer.from(devicePublicKey, "base64");
      return Buffer.from(hkdfSync("sha256", secret, salt, "sallyport-psk", 32)).toString("base64");
    },
    wireguardThumbprint: (publicKey) =>
      thumbprint("X25519", Buffer.from(publicKey, "base64").toString("base64url")),
  };
}
