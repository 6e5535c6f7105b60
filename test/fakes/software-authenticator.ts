// An authenticator with a key of its own that signs whatever the test wants signed (WebAuthn level 3).
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** What the API asks an authenticator for. */
export interface Asked {
  readonly challenge: string;
}

/** What is otherwise than an honest browser and authenticator would say. */
export interface Twist {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly counter?: number;
  readonly unverified?: true;
  readonly crossOrigin?: true;
  readonly id?: string;
}

/** One passkey. */
export interface SoftwarePasskey {
  readonly id: string;
  create(asked: Asked, twist?: Twist): object;
  use(asked: Asked, twist?: Twist): object;
}

const present = 0x01;
const verified = 0x04;
const attested = 0x40;

/** Returns a passkey for the page of an origin. */
export function makeSoftwarePasskey(origin: string): SoftwarePasskey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(16).toString("base64url");
  const clientData = (type: string, { challenge }: Asked, twist: Twist) =>
    Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge,
        origin: twist.origin ?? origin,
        crossOrigin: twist.crossOrigin ?? false,
      }),
    );
  const head = (flags: number, { rpId, counter = 0, unverified }: Twist) => {
    const host = createHash("sha256").update(rpId ?? new URL(origin).hostname);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    const said = Buffer.of(flags | present | (unverified ? 0 : verified));
    return Buffer.concat([host.digest(), said, count]);
  };
  const answer = (name: string, response: object) => ({
    id: name,
    rawId: name,
    type: "public-key",
    clientExtensionResults: {},
    response,
  });
  return {
    id,
    create(asked, twist = {}) {
      const name = Buffer.from(twist.id ?? id, "base64url");
      const length = Buffer.of(name.length >> 8, name.length & 0xff);
      const key = coseKey(publicKey);
      const data = Buffer.concat([head(attested, twist), Buffer.alloc(16), length, name, key]);
      return answer(name.toString("base64url"), {
        clientDataJSON: clientData("webauthn.create", asked, twist).toString("base64url"),
        attestationObject: attestation(data).toString("base64url"),
      });
    },
    use(asked, twist = {}) {
      const client = clientData("webauthn.get", asked, twist);
      const data = head(0, twist);
      const signed = Buffer.concat([data, createHash("sha256").update(client).digest()]);
      return answer(twist.id ?? id, {
        clientDataJSON: client.toString("base64url"),
        authenticatorData: data.toString("base64url"),
        signature: sign("sha256", signed, privateKey).toString("base64url"),
      });
    },
  };
}

/** CBOR of `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`: an ES256 key (RFC 9053). */
function coseKey(key: KeyObject): Buffer {
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const part = (label: number, text: string) =>
    Buffer.concat([Buffer.of(label, 0x58, 32), Buffer.from(text, "base64url")]);
  const head = Buffer.of(0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01);
  return Buffer.concat([head, part(0x21, x), part(0x22, y)]);
}

/** CBOR of `{fmt: "none", attStmt: {}, authData}`. */
function attestation(data: Buffer): Buffer {
  const text = (word: string) => Buffer.concat([Buffer.of(0x60 + word.length), Buffer.from(word)]);
  const length = Buffer.of(0x59, data.length >> 8, data.length & 0xff);
  const none = [text("fmt"), text("none"), text("attStmt"), Buffer.of(0xa0)];
  return Buffer.concat([Buffer.of(0xa3), ...none, text("authData"), length, data]);
}
