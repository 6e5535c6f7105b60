/** Speaks OpenID Connect with the identity provider: authorization code, PKCE, state and nonce. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Person } from "../store/operations/person.ts";
import type { OutwardFetch } from "./outward-fetch.ts";
import type { StoredSignIn } from "./sign-in-settings.ts";

/** What is kept between the way to the provider and the way back. */
export interface Journey {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly maxAgeSeconds: number | null;
}

/** How strong and how fresh the sign-in must be. */
export interface Demand {
  readonly acrValues: readonly string[];
  readonly maxAgeSeconds: number | null;
}

/** Whom the provider vouches for, and how that was proved. */
export interface Vouched {
  readonly person: Person;
  readonly acr: string;
  readonly amr: readonly string[];
  /** When the person proved it, by the provider's clock; null where it did not say. */
  readonly authAt: number | null;
}

/** The identity provider of the settings. */
export interface IdentityProvider {
  /** Returns where to send the person, and what to keep. */
  depart(
    redirectUri: string,
    demand: Demand,
  ): Promise<{ readonly url: string; readonly journey: Journey }>;
  /** Checks what came back; throws SP-722 where it does not hold, SP-721 where nobody answers. */
  arrive(callback: URL, journey: Journey): Promise<Vouched>;
}

const clockLeewaySeconds = 30;
const groupsMax = 256;

const claimText = z.string().min(1).max(255);
const groupName = z.string().min(1).max(128);

interface ProviderParts {
  readonly secret: string | undefined;
  readonly outward: OutwardFetch;
  readonly clock: Pick<Clock, "nowAt">;
}

/** Discovers the provider; throws SP-721 where it cannot be reached or is none. */
export async function findIdentityProvider(
  settings: StoredSignIn,
  parts: ProviderParts,
): Promise<IdentityProvider> {
  const config = await talk(settings.issuer, () => discover(settings, parts));
  return {
    async depart(redirectUri, { acrValues, maxAgeSeconds }) {
      const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: [...new Set(["openid", ...settings.scopes])].join(" "),
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(" ") }),
        ...(maxAgeSeconds === null ? {} : { max_age: String(maxAgeSeconds) }),
      });
      const journey = { state, nonce, verifier, redirectUri, maxAgeSeconds };
      return { url: url.href, journey };
    },
    arrive: (callback, journey) =>
      talk(settings.issuer, () =>
        redeem(config, settings, { callback, journey, nowAt: parts.clock.nowAt() }),
      ),
  };
}

async function discover(
  { issuer, clientId }: StoredSignIn,
  { secret, outward }: ProviderParts,
): Promise<Configuration> {
  const server = new URL(issuer);
  const plain = server.protocol === "http:";
  return discovery(server, clientId, secret, undefined, {
    [customFetch]: (url, { method, headers, body }) =>
      outward(url, {
        method,
        headers,
        // The library sends forms only.
        body: body instanceof URLSearchParams ? body.toString() : undefined,
      }),
    // The fetch itself refuses plain HTTP to anywhere but this host.
    execute: [enableNonRepudiationChecks, ...(plain ? [allowInsecureRequests] : [])],
    timeout: 10,
  });
}

interface Return {
  readonly callback: URL;
  readonly journey: Journey;
  readonly nowAt: number;
}

async function redeem(
  config: Configuration,
  settings: StoredSignIn,
  { callback, journey, nowAt }: Return,
): Promise<Vouched> {
  const tokens = await authorizationCodeGrant(config, callback, {
    expectedState: journey.state,
    expectedNonce: journey.nonce,
    pkceCodeVerifier: journey.verifier,
    idTokenExpected: true,
    ...(journey.maxAgeSeconds === null
      ? {}
      : { maxAge: journey.maxAgeSeconds + clockLeewaySeconds }),
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error("the provider gave no ID token");
  const { azp = settings.clientId } = claims;
  // The library looks at it only where there are several audiences (OpenID Connect Core §3.1.3.7).
  if (azp !== settings.clientId) {
    throw new CodedError("SP-722", { why: "the ID token was made for another client" });
  }
  // The library judges what is too old alone.
  const latest = nowAt / 1_000 + clockLeewaySeconds;
  if (claims.iat > latest || (claims.auth_time ?? 0) > latest) {
    throw new CodedError("SP-722", { why: "the ID token is of a time that is still to come" });
  }
  const wanted = [settings.groupsClaim, settings.directoryClaim];
  const lacks = wanted.some((name) => claims[name] === undefined);
  const told: Readonly<Record<string, unknown>> =
    lacks && config.serverMetadata().userinfo_endpoint !== undefined
      ? { ...(await fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims }
      : claims;
  return {
    person: personOf(settings, { issuer: claims.iss, subject: claims.sub, told }),
    // Of the signed token alone: what else the provider keeps of a person may be the person's own words.
    acr: textOf(claims.acr) ?? "",
    amr: listOf(claims.amr, claimText),
    authAt: claims.auth_time === undefined ? null : claims.auth_time * 1_000,
  };
}

interface Told {
  readonly issuer: string;
  readonly subject: string;
  readonly told: Readonly<Record<string, unknown>>;
}

function personOf(settings: StoredSignIn, { issuer, subject, told }: Told): Person {
  if (!claimText.safeParse(subject).success) {
    throw new CodedError("SP-722", {
      why: "the subject of the ID token is longer than any may be",
    });
  }
  const email = textOf(told["email"]);
  const name = textOf(told["preferred_username"]) ?? email ?? subject;
  return {
    issuer,
    subject,
    externalId: textOf(told[settings.directoryClaim]) ?? subject,
    name,
    displayName: textOf(told["name"]) ?? name,
    email,
    groups: listOf(told[settings.groupsClaim], groupName),
  };
}

/** Text of a stranger: bounded, without what would write over a terminal. */
function textOf(value: unknown): string | null {
  const text =
    claimText
      .safeParse(value)
      .data?.replace(/[\p{Cc}\p{Cf}]/gu, "")
      .trim() ?? "";
  return text === "" ? null : text;
}

function listOf(value: unknown, item: z.ZodType<string>): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.slice(0, groupsMax).flatMap((one) => item.safeParse(one).data ?? []);
}

/** Codes of the library that say that nobody answered, not that the answer was wrong. */
const silent = new Set(["OAUTH_TIMEOUT", "OAUTH_ABORT"]);

/** Tells apart that the provider is not there and that what it said does not hold. */
async function talk<T>(issuer: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    const { code } = (cause ?? {}) as { readonly code?: string };
    const why = reasonOf(cause);
    const answered = code?.startsWith("OAUTH_") === true && !silent.has(code);
    if (answered) throw new CodedError("SP-722", { why }, { cause });
    throw new CodedError("SP-721", { issuer, why }, { cause });
  }
}

/** Returns what the innermost cause says: the outer ones only say that something failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
