/** Makes and checks WebAuthn exchanges; each challenge counts once, for what it was made for. */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { CodedError } from "#shared/base/coded-error.ts";
import type { CreatedCredential, UsedCredential } from "#shared/protocol/api/passkey.ts";
import type { Clock } from "../../ports/clock.ts";

/** EdDSA, ES256, RS256 (IANA COSE): what authenticators make today. */
const supportedAlgorithmIDs = [-8, -7, -257];
const lastsMs = 300_000;
const challengesMax = 10_000;

/** A public key as the store keeps it. */
export interface PasskeyKey {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
}

/** Whose passkey is made, and which ones that person has. */
export interface PasskeyOwner {
  readonly name: string;
  readonly held: readonly string[];
}

/** Exchanges with authenticators; what does not hold is SP-725. */
export interface PasskeyDesk {
  creation(purpose: string, owner: PasskeyOwner): Promise<{ readonly challenge: string }>;
  created(purpose: string, credential: CreatedCredential): Promise<PasskeyKey>;
  request(purpose: string): Promise<{ readonly challenge: string }>;
  /** Returns the counter that the authenticator told. */
  used(purpose: string, credential: UsedCredential, key: PasskeyKey): Promise<number>;
}

/** Returns the desk of the console whose origin is told. */
export function makePasskeyDesk(
  clock: Pick<Clock, "monotonicMs">,
  origin: () => string,
): PasskeyDesk {
  const challenges = makeChallenges(clock);
  const expected = (purpose: string) => ({
    expectedChallenge: (challenge: string) => challenges.take(challenge, purpose),
    expectedOrigin: origin(),
    expectedRPID: new URL(origin()).hostname,
    requireUserVerification: true,
  });
  return {
    async creation(purpose, { name, held }) {
      const options = await generateRegistrationOptions({
        rpName: "Sallyport",
        rpID: new URL(origin()).hostname,
        userName: name,
        attestationType: "none",
        supportedAlgorithmIDs,
        excludeCredentials: held.map((id) => ({ id })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        timeout: lastsMs,
      });
      challenges.keep(options.challenge, purpose);
      return options;
    },
    async created(purpose, credential) {
      const response = { ...credential, response: { ...credential.response } };
      const { registrationInfo: made } = await judge(() =>
        verifyRegistrationResponse({ response, supportedAlgorithmIDs, ...expected(purpose) }),
      );
      if (made === undefined) throw new CodedError("SP-725", { why: "it was not verified" });
      const { id, publicKey, counter } = made.credential;
      const { transports } = credential.response;
      return { id, publicKey, counter, transports, backedUp: made.credentialBackedUp };
    },
    async request(purpose) {
      const options = await generateAuthenticationOptions({
        rpID: new URL(origin()).hostname,
        userVerification: "required",
        timeout: lastsMs,
      });
      challenges.keep(options.challenge, purpose);
      return options;
    },
    async used(purpose, response, { id, publicKey, counter }) {
      const credential = { id, publicKey: Uint8Array.from(publicKey), counter };
      const { verified, authenticationInfo } = await judge(() =>
        verifyAuthenticationResponse({ response, credential, ...expected(purpose) }),
      );
      if (!verified) throw new CodedError("SP-725", { why: "its signature does not hold" });
      return authenticationInfo.newCounter;
    },
  };
}

/** The library throws plain errors where something of a stranger's answer does not hold. */
async function judge<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 200) : String(cause);
    throw new CodedError("SP-725", { why }, { cause });
  }
}

function makeChallenges(clock: Pick<Clock, "monotonicMs">) {
  const held = new Map<string, { readonly purpose: string; readonly untilMs: number }>();
  return {
    keep(challenge: string, purpose: string): void {
      const [oldest] = held.keys();
      if (held.size >= challengesMax && oldest !== undefined) held.delete(oldest);
      held.set(challenge, { purpose, untilMs: clock.monotonicMs() + lastsMs });
    },
    take(challenge: string, purpose: string): boolean {
      const found = held.get(challenge);
      held.delete(challenge);
      return found?.purpose === purpose && found.untilMs > clock.monotonicMs();
    },
  };
}
