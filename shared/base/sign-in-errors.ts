import { row } from "./error-entry.ts";

/** Rows of sign-ins by an identity provider or a passkey: SP-720 to SP-739. */
export const signInErrors = {
  "SP-720": row(
    "sign-in-not-set",
    1,
    [
      "No identity provider",
      "no identity provider is set",
      "an administrator sets one by `sallyport-controller sign-in apply FILE`",
    ],
    { http: 404, log: "info" },
  ),
  "SP-721": row(
    "provider-unreachable",
    3,
    [
      "Identity provider unreachable",
      "{issuer} did not answer as a provider of OpenID Connect: {why}",
      "check its address, its certificate, and the way there from the controller",
    ],
    { http: 502 },
  ),
  "SP-722": row(
    "provider-answer-refused",
    4,
    [
      "Sign-in refused",
      "what the identity provider answered does not hold: {why}",
      "sign in again; where it stays, compare client, redirect address and clocks",
    ],
    { http: 403 },
  ),
  "SP-723": row(
    "sign-in-over",
    4,
    [
      "Sign-in is over",
      "this sign-in was used, took too long, or was begun in another browser",
      "begin it again",
    ],
    { http: 401, log: "info" },
  ),
  "SP-724": row(
    "person-refused",
    4,
    ["Nothing to administer", "{why}", "ask an administrator to give one of your groups a role"],
    { http: 403, log: "info" },
  ),
  "SP-725": row(
    "passkey-refused",
    4,
    [
      "Passkey refused",
      "what the passkey answered does not hold: {why}",
      "try again; a passkey counts at the console's own address alone",
    ],
    { http: 403, log: "info" },
  ),
} as const;
