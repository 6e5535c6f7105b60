import { type ErrorEntry, row } from "./error-entry.ts";

/** Rows 8xx of the error table: the controller's store, keys, audit and ports. */
export const storeErrors = {
  "SP-801": row(
    "database-busy",
    1,
    [
      "Store busy",
      "the store did not answer in time while {doing}",
      "check the disk of the controller",
    ],
    { http: 503 },
  ),
  "SP-802": row("state-incomplete", 1, [
    "Controller not initialised",
    "`{directory}` holds no controller: {why}",
    "run `sallyport-controller init` first",
  ]),
  "SP-803": row(
    "seal-broken",
    1,
    [
      "Sealed value does not open",
      "the sealed value `{place}` does not open under this key-encryption key",
      "give the key file of this controller by SALLYPORT_KEK_FILE; if the value was altered, restore the newest backup",
    ],
    { http: 500, log: "error" },
  ),
  "SP-804": row("key-file-bad", 1, [
    "Key file refused",
    "key file `{file}`: {why}",
    "give the key file of this controller by SALLYPORT_KEK_FILE, mode 0600",
  ]),
  "SP-805": row(
    "store-corrupt",
    1,
    [
      "Store corrupt",
      "`{file}` is not a sound database: {why}",
      "stop the controller and restore the newest backup into an empty folder; access stays closed until then",
    ],
    { http: 503, log: "error" },
  ),
  "SP-806": row("store-newer", 1, [
    "Store of a newer version",
    "`{file}` was written by a newer controller: {why}",
    "start the newer controller, or restore a backup that this version made",
  ]),
  "SP-807": row(
    "addresses-used-up",
    1,
    [
      "No tunnel address left",
      "the address pool has no free address for a {role}",
      "revoke identities that are gone (their addresses rest 24 h), or use a larger pool",
    ],
    { http: 503 },
  ),
  "SP-808": row("log-altered", 1, [
    "Decision log altered",
    "the decision log in `{directory}` is not as it was written: {why}",
    "compare it with the copies that were shipped elsewhere; treat the host as taken",
  ]),
  "SP-809": row("port-unavailable", 7, [
    "Port not available",
    "cannot listen at {address}: {why}",
    "stop the program that has the port, or choose another one",
  ]),
  "SP-810": row("controller-exists", 7, [
    "Controller made already",
    "`{directory}` holds a controller already, and nothing was changed",
    "start it with `sallyport-controller serve`, or make another one in an empty folder",
  ]),
  "SP-811": row("clock-set-back", 7, [
    "Clock set back",
    "the clock of this machine was set back by {seconds} s while the controller ran",
    "start it again where systemd does not; nobody is cut by that. Let a time service keep the clock",
  ]),
  "SP-812": row("backup-refused", 1, [
    "Backup refused",
    "`{folder}` is no sound backup: {why}",
    "restore another backup; compare this one with where it was copied from",
  ]),
} as const satisfies Record<`SP-8${number}`, ErrorEntry>;
