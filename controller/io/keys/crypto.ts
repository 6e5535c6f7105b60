import { createHash, hkdfSync, randomBytes } from "node:crypto";
import type { Crypto } from "../../ports/crypto.ts";
import { thumbprint } from "./signing-key.ts";

/** As many bytes are drawn at once: a draw costs the same for ten bytes as for thousands. */
const drawnBytes = 4_096;
const drawnMax = 64;

/** Returns randomness, digests and derivations by node:crypto. */
export function makeCrypto(): Crypto {
  let drawn = randomBytes(drawnBytes);
  let used = 0;
  return {
    randomBytes(count) {
      if (count > drawnMax) return randomBytes(count);
      if (used + count > drawn.length) {
        // Never the same memory again: whoever got a part of it may still hold it.
        drawn = randomBytes(drawnBytes);
        used = 0;
      }
      used += count;
      return drawn.subarray(used - count, used);
    },
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
