import { documentErrors } from "./document-errors.ts";
import { enrolmentErrors } from "./enrolment-errors.ts";
import { type ErrorEntry, row } from "./error-entry.ts";
import { signInErrors } from "./sign-in-errors.ts";
import { storeErrors } from "./store-errors.ts";

/** The stable codes of both programs; a code never changes its meaning. `docs/errors.md` is made from it. */
export const errorTable = {
  ...enrolmentErrors,
  "SP-201": row(
    "wrong-authority",
    3,
    [
      "Wrong certificate authority",
      "the certificate of {peer} was not issued by this controller's authority",
      "enrol again, or exclude the controller from TLS inspection",
    ],
    { http: 403 },
  ),
  "SP-202": row(
    "certificate-expired",
    1,
    [
      "Certificate expired",
      "the certificate ended at {notAfterAt}",
      "the agent renews by itself; after 30 days ask your administrator to approve it",
    ],
    { http: 403 },
  ),
  "SP-203": row(
    "identity-revoked",
    1,
    ["Identity revoked", "`{identity}` was revoked", "ask your administrator"],
    { http: 403 },
  ),
  "SP-204": row(
    "frame-too-large",
    1,
    [
      "Frame too large",
      "a message of {bytes} bytes is over the limit",
      "update agent and controller to matching versions",
    ],
    { http: 413 },
  ),
  "SP-205": row(
    "unknown-kind",
    1,
    [
      "Unknown or malformed message",
      "message `{kind}` was not understood: {why}",
      "update agent and controller to matching versions",
    ],
    { log: "info" },
  ),
  "SP-206": row("sequence-gap", 1, [
    "Gap in the event sequence",
    "events {from} to {to} of `{device}` did not arrive",
    "look at the device's spool; a gap record tells why",
  ]),
  "SP-207": row("event-conflict", 1, [
    "Event with two contents",
    "event {seq} of `{device}` has two contents: it came twice, or the next one follows another",
    "treat the device as cloned: quarantine it and look",
  ]),
  "SP-208": row("cloned", 1, [
    "Identity in use twice",
    "`{identity}` connects from several addresses at once",
    "revoke the device and enrol it anew",
  ]),
  "SP-209": row("batch-signature-bad", 1, [
    "Report signature refused",
    "a report of `{device}` is not signed by its key",
    "treat the device as cloned: quarantine it and look",
  ]),
  "SP-210": row("link-replaced", 1, [
    "Connection replaced",
    "another connection of `{identity}` took the place of this one",
    "nothing to do once; where it comes again, two machines share this identity: revoke it, enrol each anew",
  ]),
  "SP-301": row("spool-full", 1, [
    "Event spool full",
    "the spool holds {events} events; the oldest superseded ones were dropped",
    "bring the device online; check the disk",
  ]),
  "SP-302": row("state-corrupt", 1, [
    "State file corrupt",
    "`{file}` could not be read and was set aside as `{aside}`",
    'enrol again with all rights (`sudo`, on Windows "Run as administrator"): `sallyport unenroll`, then `sallyport enroll --key-file FILE`',
  ]),
  "SP-303": row("already-running", 7, [
    "Already running",
    "another process (pid {pid}) uses `{directory}`",
    "stop the other process first",
  ]),
  "SP-304": row("not-enrolled", 1, [
    "Not enrolled",
    "this device has not joined a controller",
    'run `sallyport enroll --key-file FILE` with all rights (`sudo`, on Windows "Run as administrator")',
  ]),
  "SP-305": row("state-begun-anew", 1, [
    "State file begun anew",
    "`{file}` could not be read, was set aside as `{aside}` and begun anew",
    "nothing to do, except to repeat a `sallyport down`; lost events are reported as a gap",
  ]),
  "SP-401": row("netd-unreachable", 3, [
    "Network daemon unreachable",
    "sallyport-netd does not answer at `{socket}`: {why}",
    "start it: `systemctl start sallyport-netd`, on Windows `net start sallyport`, on a Mac `sudo launchctl kickstart system/dev.sallyport.netd`",
  ]),
  "SP-402": row("partial-apply", 1, [
    "Applied only in part",
    "configuration {version}: step `{step}` failed: {why}",
    "{advice}; it is tried again by itself, and stays closed until then",
  ]),
  "SP-403": row("no-wireguard", 1, [
    "No WireGuard here",
    "neither kernel WireGuard nor a TUN device is available",
    "load the `wireguard` or `tun` kernel module",
  ]),
  "SP-404": row(
    "disk-full",
    1,
    [
      "Disk full",
      "`{file}` could not be written: no space left",
      "free some disk space; nothing new is kept until then",
    ],
    { http: 507 },
  ),
  "SP-405": row("config-refused", 1, [
    "Configuration refused",
    "sallyport-netd refused the configuration: {code} {why}",
    "compare the local ceilings with the assigned resources",
  ]),
  "SP-406": row("agent-unreachable", 3, [
    "Agent not running",
    "the agent does not answer at `{socket}`: {why}",
    "start it: `systemctl start sallyport-agent`, on Windows `net start sallyport`, on a Mac `sudo launchctl kickstart system/dev.sallyport.agent`",
  ]),
  "SP-407": row("gateway-silent", 1, [
    "Gateway silent",
    "gateway `{endpoint}` does not answer by UDP",
    "this network may block UDP: allow outgoing UDP to `{endpoint}`, or try another network",
  ]),
  "SP-410": row("nothing-known", 1, [
    "Nothing known yet",
    "no controller has told this machine yet whether it may reach `{name}`",
    "wait a moment; where it stays so, `sallyport doctor` tells why no controller is reached",
  ]),
  "SP-411": row("agent-busy", 3, [
    "Agent busy",
    "too many callers hold `{socket}` at once",
    "try again in a moment; where it stays so, end who holds it: on Linux `sudo ss -xp | grep local.sock` names them",
  ]),
  "SP-412": row("not-named", 1, [
    "Not named to this machine",
    "the controller did not name `{name}` here: there are {count} resources more than one message holds",
    "ask your administrator, whom `sallyport-controller decision explain` tells; fewer resources with several targets each are all named",
  ]),
  "SP-413": row(
    "config-too-large",
    2,
    [
      "Configuration too large",
      "{what} takes {size}, and a signed configuration has room for {max}; nothing was changed",
      "join resources into fewer with several targets each, or spread them over several sites",
    ],
    { http: 422 },
  ),
  "SP-414": row(
    "disk-read-only",
    1,
    [
      "Disk read-only",
      "`{file}` could not be written: its file system is read-only",
      "mount it for writing; where the system itself made it read-only, `dmesg` names the failing disk; nothing new is kept until then",
    ],
    { http: 507 },
  ),
  "SP-415": row(
    "file-not-permitted",
    1,
    [
      "File not permitted",
      "this account may not use `{file}`",
      "run the program as the account that owns it, or look at owner and mode of the file and its folder",
    ],
    { http: 507 },
  ),
  "SP-416": row("flows-full", 1, [
    "No room for new flows",
    "connection tracking of this machine holds {held} flows: what runs goes on, new connections are dropped, ours to the controller too",
    "see who holds them with `conntrack -L`; where they are wanted, raise `net.netfilter.nf_conntrack_max` by `sysctl -w`",
  ]),
  "SP-417": row("held", 1, [
    "Held by an administrator",
    "an administrator quarantined this {role}: nothing opens until it is released",
    "ask {support}; an administrator releases it by `sallyport-controller {role} release {id}`",
  ]),
  "SP-418": row("route-inside-gone", 1, [
    "The route to resources is gone",
    "this gateway had a route of its own to {prefixes}, and only the default route is left: nothing is sent there, and no name is asked there",
    "bring its interface or route back (`ip route`); where the default route leads there on purpose now, name its interface as the gateway's `lan`",
  ]),
  "SP-420": row("managed", 6, [
    "Managed by your organisation",
    "`{verb}` is managed by {owner} ({setting})",
    "ask {support}",
  ]),
  "SP-421": row("controller-not-allowed", 6, [
    "Controller not allowed",
    "this machine may join only `{allowed}` ({setting}), not `{asked}`",
    "use a key of that controller, or change the setting in your device management",
  ]),
  "SP-422": row("journal-unreadable", 1, [
    "Journal unreadable",
    "what was shared cannot be shown: {why}",
    "check the disk of this machine",
  ]),
  "SP-423": row("bundle-not-written", 2, [
    "Bundle not written",
    "`{file}` cannot be written: {why}",
    "name a file that is not there yet, in a folder of your own",
  ]),
  "SP-424": row("update-refused", 1, [
    "Update refused",
    "the update of {url} was not taken: {why}",
    "ask whoever keeps that repository; the installed version stays",
  ]),
  "SP-425": row("update-root-missing", 2, [
    "Root of updates missing",
    "`{file}` is not there, or others than root may write it",
    "put the first root metadata of your repository there, owned by root, mode 0644",
  ]),
  "SP-426": row("update-not-installed", 1, [
    "Update not installed",
    "{program} did not install the update: {why}",
    "run it by hand; the installed version stays",
  ]),
  "SP-427": row("no-tunnel-here", 1, [
    "No tunnel on this system",
    "Sallyport has no tunnel on this {os}: {why}; the posture is reported, nothing is opened or closed",
    "reach protected resources from a machine that has one",
  ]),
  "SP-428": row("no-updates-here", 1, [
    "No updates on this system",
    "Sallyport installs new versions by itself on Linux alone, not on this {os}",
    "have your device management install a newer {installer} over this version, or run it by hand as an administrator",
  ]),
  "SP-503": row("bad-signature", 1, [
    "Bad signature",
    "the signature of `{what}` does not verify: {why}",
    "check that gateway and controller share one trust set",
  ]),
  "SP-504": row("key-mismatch", 1, [
    "Another tunnel key",
    "`{identity}` shows another WireGuard key than the one it joined with",
    "treat it as cloned: quarantine it and look",
  ]),
  "SP-507": row("break-glass-used", 1, [
    "Opened without the controller",
    "{holders} opened {resources} for {device} by break-glass `{jti}`: {reason}",
    "look at `sallyport-controller break-glass list`, and ask both whether it was them",
  ]),
  "SP-508": row("break-glass-refused", 1, [
    "Break-glass refused",
    "netd opened nothing ({code}): {why}",
    "check who signed, how long ago, and that the controller is really out of reach",
  ]),
  "SP-509": row("grant-full", 1, [
    "More resources than a grant names",
    "`{device}` may reach {count} resources at site `{site}`; it reaches the oldest {max}, the others stay closed",
    "join resources into fewer with several targets each, or narrow the rules",
  ]),
  ...documentErrors,
  "SP-640": row("geography-refused", 2, [
    "Geography database refused",
    "`{file}` is not used: {why}",
    "give `serve` an MMDB file of countries, cities or networks, and its digest as `--geo-pin`",
  ]),
  "SP-641": row(
    "request-too-large",
    2,
    ["Request too large", "{why}", "send less at once; documents may be split into several files"],
    { http: 413, log: "info" },
  ),
  "SP-701": row(
    "not-signed-in",
    4,
    [
      "Sign-in needed",
      "the request carries no valid token",
      "sign in to the console, or give a valid token by SALLYPORT_TOKEN_FILE",
    ],
    { http: 401 },
  ),
  "SP-702": row(
    "not-found",
    1,
    ["Not found", "there is no {what} `{name}`", "list what there is"],
    { http: 404, log: "info" },
  ),
  "SP-703": row("request-invalid", 2, ["Request invalid", "{why}", "correct the request"], {
    http: 400,
    log: "info",
  }),
  "SP-704": row("not-permitted", 4, ["Not permitted", "`{verb}` is for {who}", "run {command}"], {
    http: 403,
    log: "info",
  }),
  "SP-705": row("conflict", 7, ["Conflict", "{why}", "read the newest state and try again"], {
    http: 409,
    log: "info",
  }),
  "SP-706": row(
    "rate-limited",
    5,
    ["Too many requests", "try again in {retryAfterSeconds} s", "wait a little"],
    { http: 429, log: "info" },
  ),
  "SP-707": row("wait-over", 5, [
    "Not in time",
    "what was waited for did not come within {seconds} s",
    "look at `sallyport status`, or wait longer with `--timeout`",
  ]),
  "SP-708": row("api-unreachable", 3, [
    "Controller's API unreachable",
    "no answer from {url}: {why}",
    "check that `sallyport-controller serve` runs, or name its API by SALLYPORT_CONTROLLER",
  ]),
  "SP-710": row("answer-unexpected", 70, [
    "Unexpected answer",
    "{why}",
    "compare the versions of this command and the controller",
  ]),
  "SP-711": row(
    "changed-meanwhile",
    7,
    [
      "Changed meanwhile",
      "the {what} is at revision {held}, not {wanted}",
      "read it again, and change what it is now",
    ],
    { http: 412, log: "info" },
  ),
  "SP-712": row(
    "idempotency-key-reused",
    2,
    [
      "Idempotency key reused",
      "another request came under the key `{key}` before",
      "send a new key with a new request",
    ],
    { http: 422, log: "info" },
  ),
  "SP-713": row(
    "precondition-required",
    2,
    [
      "Read it first",
      "the {what} is there already, and the request does not say which one it replaces",
      "read it, and send its entity tag as If-Match; `*` replaces whatever is there",
    ],
    { http: 428, log: "info" },
  ),
  "SP-714": row(
    "method-not-allowed",
    2,
    ["Method not allowed", "`{url}` takes {allow}, not {method}", "ask by a method that it takes"],
    { http: 405, log: "info" },
  ),
  "SP-715": row(
    "media-type-unsupported",
    2,
    [
      "Media type not supported",
      "a body of the type `{type}` is not read here",
      "send JSON, and say so by `content-type: application/json`",
    ],
    { http: 415, log: "info" },
  ),
  ...signInErrors,
  ...storeErrors,
  "SP-901": row("bug", 70, ["Bug", "{why}", "please report it with the log"], {
    http: 500,
    log: "error",
  }),
} as const satisfies Record<`SP-${number}`, ErrorEntry>;

/** A stable error code of the table. */
export type ErrorCode = keyof typeof errorTable;
