import { type ErrorEntry, row } from "./error-entry.ts";

/** Rows 1xx of the error table: enrolment and installation. */
export const enrolmentErrors = {
  "SP-101": row(
    "key-expired",
    1,
    [
      "Enrolment key expired",
      "enrolment key `{key}` ended at {expiresAt}",
      "ask your administrator for a new enrolment key",
    ],
    { http: 403 },
  ),
  "SP-102": row(
    "key-used-up",
    1,
    [
      "Enrolment key used up",
      "enrolment key `{key}` has no uses left",
      "ask your administrator for a new enrolment key",
    ],
    { http: 403 },
  ),
  "SP-103": row(
    "network-not-allowed",
    1,
    [
      "Network not allowed",
      "enrolment key `{key}` cannot be used from this network",
      "enrol from an allowed network, or ask your administrator",
    ],
    { http: 403 },
  ),
  "SP-104": row(
    "key-malformed",
    2,
    [
      "Enrolment key malformed",
      "the enrolment key is not one of ours: {why}",
      "copy the whole key, from `sp1_` to its last character",
    ],
    { http: 400 },
  ),
  "SP-105": row(
    "key-revoked",
    1,
    [
      "Enrolment key revoked",
      "enrolment key `{key}` was revoked or does not exist",
      "ask your administrator for a new enrolment key",
    ],
    { http: 403 },
  ),
  "SP-106": row(
    "identity-refused",
    1,
    [
      "Device-management identity refused",
      "the identity of device management was not accepted: {why}",
      "renew the identity in your device management; its authority must be known to the controller",
    ],
    { http: 403 },
  ),
  "SP-107": row("identity-file-bad", 2, [
    "Identity file refused",
    "the identity file cannot be used: {why}",
    "give a PKCS#12 file with one key and its certificate, and its password",
  ]),
  "SP-108": row("file-unreadable", 2, [
    "File cannot be read",
    "`{file}` could not be read: {why}",
    "give the path of a file that you may read",
  ]),
  "SP-109": row(
    "key-of-another-role",
    1,
    [
      "Enrolment key of another role",
      "the enrolment key is for a {keyRole}, and this daemon runs as a {role}",
      "use a key for a {role}, or run the daemon as a {keyRole}; the key was not spent",
    ],
    { http: 403 },
  ),
  "SP-110": row("controller-unreachable", 3, [
    "Controller unreachable",
    "no answer from {url}: {why}",
    "check the network; the agent keeps trying by itself",
  ]),
  "SP-111": row("tls-intercepted", 3, [
    "Connection intercepted",
    "{url} showed a certificate of `{issuer}` instead of the controller's",
    "exclude the controller's address from TLS inspection",
  ]),
  "SP-112": row("captive-portal", 3, [
    "Network asks for sign-in",
    "this network answers with its own page in place of the controller: {portal}",
    "open that page in a browser and sign in to the network (if it stays closed, run `sallyport portal` first); the agent goes on by itself",
  ]),
  "SP-113": row("proxy-refused", 3, [
    "Proxy refused",
    "proxy {proxy} did not connect to `{target}`: {why}",
    "check `ProxyURL`, and that the proxy allows CONNECT to `{target}`",
  ]),
  "SP-114": row("no-captive-portal", 1, [
    "No sign-in page seen",
    "no page of this network answered in place of the controller",
    "run `sallyport status`; where it names no sign-in page, this network has none or has let you in",
  ]),
  "SP-115": row("portal-stays-closed", 1, [
    "Sign-in page stays closed",
    "{portal} is not opened: {why}",
    "use another network, for example your phone's",
  ]),
  "SP-116": row(
    "joining-refused",
    4,
    [
      "Joining refused",
      "an administrator refused this machine, or ended its identity (`{identity}`)",
      "ask your administrator, and enrol again by a new key once they agree",
    ],
    { http: 403 },
  ),
  "SP-120": row("clock-wrong", 1, [
    "Clock is wrong",
    "this device's clock differs from the controller's by {skewSeconds} s",
    "switch on automatic time",
  ]),
  "SP-130": row("managed-value-bad", 2, [
    "Managed setting refused",
    "managed setting `{name}` is not valid: {why}",
    "correct the setting in your device management",
  ]),
  "SP-131": row("managed-setting-unknown", 1, [
    "Managed setting unknown",
    "managed setting `{name}` is left out: {why}",
    "update Sallyport if a newer version has it, else correct the name in your device management",
  ]),
  "SP-140": row("already-enrolled", 7, [
    "Already enrolled",
    "this device is enrolled as `{device}`",
    "run `sallyport unenroll` first if it is to join anew",
  ]),
  "SP-150": row("agent-too-old", 1, [
    "Agent too old",
    "the controller asks for version {minVersion} or newer",
    "update the agent",
  ]),
} as const satisfies Record<`SP-1${number}`, ErrorEntry>;
