// Signs what netd believes, as a controller does, for one gateway and any number of devices. Numbers
// become ids, keys and addresses.
import nacl from "tweetnacl";
import type { GrantClaims } from "#shared/grant/claims.ts";
import { makeCrypto } from "../../controller/io/keys/crypto.ts";
import { signJws } from "../../controller/io/keys/jws.ts";
import {
  generateSigningKey,
  readSigningKey,
  type KeyPurpose,
} from "../../controller/io/keys/signing-key.ts";
import { certificatePin, makeIssuing, makeRoot } from "../../controller/io/pki/authority.ts";
import { makeIssuer } from "../../controller/io/pki/issuer.ts";
import { signTrustSet } from "../../controller/io/pki/trust-signer.ts";

const base32 = "0123456789abcdefghjkmnpqrstvwxyz";

/** Names of the controller, gateway and device that the bench speaks for. */
export const identity = {
  issuer: "spiffe://bench.test/controller",
  gateway: `spiffe://bench.test/gateway/${idOf("gw", 1)}`,
  device: `spiffe://bench.test/device/${idOf("dev", 1)}`,
} as const;

/** What one device of the bench has; only the first really runs. */
export interface BenchDevice {
  readonly number: number;
  readonly publicKey: string;
  readonly addresses: readonly string[];
}

const derive = makeCrypto();
const leaseSeconds = 900;
const grantSeconds = 3_600;

/** A strict id, `dev_…` and the like, that holds a number. */
export function idOf(prefix: string, number: number): string {
  let digits = "";
  for (let rest = number; rest > 0; rest = Math.floor(rest / 32)) {
    digits = `${base32[rest % 32]}${digits}`;
  }
  return `${prefix}_${digits.padStart(26, "0")}`;
}

/** Returns the device of a number, with addresses that follow from it. */
export function benchDevice(number: number, publicKey: Uint8Array): BenchDevice {
  const host = 256 + number;
  return {
    number,
    publicKey: Buffer.from(publicKey).toString("base64"),
    addresses: [`100.96.${host >> 8}.${host & 255}/32`, `fd96:1:2::${host.toString(16)}/128`],
  };
}

/** A device that is only a key: a point nobody knows the secret of costs a gateway the same. */
export function paperDevice(number: number): BenchDevice {
  return benchDevice(number, nacl.randomBytes(32));
}

/** One controller's keys. */
export type BenchSigner = Awaited<ReturnType<typeof makeBenchSigner>>;

/** Makes keys and signs whatever a controller would. */
export async function makeBenchSigner() {
  const root = await makeRoot("bench.test", Date.now());
  const issuing = await makeIssuing(root, Date.now());
  const issuer = makeIssuer(issuing.certificate, issuing.keys.privateKey);
  const keyFor = (purpose: KeyPurpose) => readSigningKey(purpose, generateSigningKey());
  const [config, grant, lease] = [keyFor("config"), keyFor("grant"), keyFor("lease")];
  const pin = await certificatePin(root.certificate);
  const pskSecret = Buffer.from(nacl.randomBytes(32)).toString("base64url");
  return {
    pin,
    pskSecret,
    presharedKey: (publicKey: string) => derive.presharedKey(pskSecret, publicKey),
    trust: (aud: string) =>
      signTrustSet(
        {
          version: 1,
          aud,
          roots: [pin],
          configKeys: [config.publicJwk],
          grantKeys: [grant.publicJwk],
          leaseKeys: [lease.publicJwk],
          breakGlassKeys: [],
          killed: [],
          chain: [issuing.certificate, root.certificate],
        },
        issuer,
      ),
    config: (aud: string, version: number, body: object) =>
      signJws(
        "config+jwt",
        { iss: identity.issuer, aud, iat: nowSeconds(), minCapability: 1, version, ...body },
        config,
      ),
    grant: (device: BenchDevice, resources: number) =>
      signJws("grant+jwt", grantOf(device, resources), grant),
  };
}

function grantOf(device: BenchDevice, resources: number): GrantClaims {
  const iat = nowSeconds();
  const exp = iat + grantSeconds;
  return {
    iss: identity.issuer,
    aud: identity.gateway,
    sub: `spiffe://bench.test/device/${idOf("dev", device.number)}`,
    jti: jtiOf(device.number),
    iat,
    nbf: iat - 30,
    exp,
    ver: 1,
    lease: leaseSeconds,
    tolerance: 900,
    cnf: { jkt: derive.wireguardThumbprint(device.publicKey) },
    wg: { pk: device.publicKey, ips: device.addresses },
    access: Array.from({ length: resources }, (_, index) => ({ r: idOf("res", index + 1), exp })),
    dec: idOf("dec", 1),
    pol: "0f",
  };
}

/** Returns the id of a device's grant. */
export function jtiOf(number: number): string {
  return `g${number}`;
}

/** `exp` is part of the hash of a snapshot. */
export function expiryOf(jws: string): number {
  const payload = Buffer.from(jws.split(".")[1] ?? "", "base64url").toString("utf8");
  return (JSON.parse(payload) as { exp: number }).exp;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
