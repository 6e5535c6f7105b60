// A real provider of OpenID Connect on loopback; it asks nobody for a password: `persona` signs in.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { generateKeyPairSync } from "node:crypto";
import { Provider, type JWK } from "oidc-provider";

/** Who signs in next, and how. */
export interface Persona {
  readonly sub: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly acr?: string;
  readonly amr?: readonly string[];
}

/** The provider under test. */
export interface ProviderUnderTest {
  readonly issuer: string;
  persona: Persona;
  /** Seconds since the persona proved itself. */
  ageSeconds: number;
  close(): Promise<void>;
}

/** What a controller is told to sign in by it; the secret is the client's. */
export function signInBy(issuer: string): object {
  return {
    issuer,
    clientId: "sallyport",
    clientSecret: "of the test alone",
    roles: [
      { group: "netadmins", role: "admin" },
      { group: "auditors", role: "viewer" },
    ],
  };
}

/** Opens the provider; `redirectUri` is where its client may be sent back to. */
export async function openProvider(redirectUri: string): Promise<ProviderUnderTest> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const opened: ProviderUnderTest = {
    issuer,
    persona: { sub: "sub-mara", name: "mara@example.com", groups: ["netadmins", "staff"] },
    ageSeconds: 0,
    close: () => closed(server),
  };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "sallyport",
        client_secret: "of the test alone",
        token_endpoint_auth_method: "client_secret_post",
        id_token_signed_response_alg: "ES256",
        redirect_uris: [redirectUri],
      },
    ],
    acrValues: ["mfa", "phr"],
    claims: {
      openid: ["sub", "groups", "preferred_username"],
      acr: null,
      amr: null,
      auth_time: null,
    },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    cookies: { keys: ["of the test alone"] },
    jwks: { keys: [signingKey()] },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => {
        const { name: preferred_username, groups } = opened.persona;
        return { sub: accountId, preferred_username, groups };
      },
    }),
    loadExistingGrant: async ({ oidc }) => {
      const { client, session } = oidc;
      const grant = new provider.Grant({
        clientId: client?.clientId ?? "",
        accountId: session?.accountId ?? "",
      });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
    renderError(context, { error, error_description }) {
      context.body = `${error}: ${error_description ?? ""}`;
    },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (!request.url?.startsWith("/interaction/")) return void answer(request, response);
    const { sub: accountId, acr, amr } = opened.persona;
    const ts = Math.floor(Date.now() / 1_000) - opened.ageSeconds;
    const login = { accountId, ts, ...(acr && { acr }), ...(amr && { amr: [...amr] }) };
    void provider.interactionFinished(request, response, { login });
  });
  return opened;
}

function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256", kid: "test" };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
