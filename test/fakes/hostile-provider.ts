// A provider of OpenID Connect that signs whatever the test wants said.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

type Claims = Readonly<Record<string, unknown>>;

/** What is wrong with the next ID token; `{}` is nothing. */
export interface Forgery {
  readonly claims?: Claims;
  readonly header?: Claims;
  /** Signs with a key that the provider does not publish. */
  readonly otherKey?: true;
  readonly unsigned?: true;
}

/** The provider and what it will say. */
export interface HostileProvider {
  readonly issuer: string;
  /** The nonce of the sign-in that is under way. */
  nonce: string;
  forgery: Forgery;
  /** What it tells of the person beside the ID token; null: it has no such address. */
  userinfo: Claims | null;
  /** What it says of itself in place of the truth. */
  metadata: Claims;
  /** Signs by another key from now on, and publishes that one alone. */
  rotate(): void;
  close(): void;
}

/** Opens it on loopback. */
export async function openHostileProvider(): Promise<HostileProvider> {
  let own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  let keys = 1;
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const answer = path.startsWith("/.well-known/")
      ? discovery(provider)
      : path === "/jwks"
        ? { keys: [{ ...own.publicKey.export({ format: "jwk" }), ...keyTraits(keys) }] }
        : path === "/userinfo"
          ? provider.userinfo
          : tokens(provider, {
              key: provider.forgery.otherKey ? other.privateKey : own.privateKey,
              kid: keyTraits(keys).kid,
            });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const provider: HostileProvider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    nonce: "",
    forgery: {},
    userinfo: null,
    metadata: {},
    rotate() {
      own = generateKeyPairSync("ec", { namedCurve: "P-256" });
      keys += 1;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return provider;
}

const keyTraits = (number: number) => ({ kid: `key ${number}`, alg: "ES256", use: "sig" });

function discovery({ issuer, userinfo, metadata }: HostileProvider): object {
  return {
    ...(userinfo === null ? {} : { userinfo_endpoint: `${issuer}/userinfo` }),
    issuer,
    authorization_endpoint: `${issuer}/authorise`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256", "none", "HS256"],
    ...metadata,
  };
}

function tokens(
  { issuer, nonce, forgery }: HostileProvider,
  { key, kid }: { readonly key: KeyObject; readonly kid: string },
): object {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer, aud: "sallyport", sub: "sub-mara", iat: now, exp: now + 60 };
  const parts = [
    { alg: "ES256", kid, ...forgery.header },
    { ...claims, nonce, groups: ["netadmins"], ...forgery.claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const text = parts.join(".");
  const sig = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  const id_token = `${text}.${forgery.unsigned ? "" : sig.toString("base64url")}`;
  return { access_token: "opaque", token_type: "bearer", id_token };
}
