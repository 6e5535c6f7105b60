/** What is written down about who did what: `noun verb`, a closed list that people search by. */
export type AuditAction =
  | `alarm ${string}`
  | "device recheck"
  | "break-glass open"
  | "break-glass register"
  | "break-glass revoke"
  | `${"device" | "gateway"} ${"apply" | "leave" | IdentityStep}`
  | "enrol-key create"
  | "enrol-key revoke"
  | `identity ${"enrol" | "refuse"}`
  | "init"
  | `key ${"activate" | "announce" | "remove"}`
  | "os-intel import"
  | `passkey ${"add" | "remove"}`
  | `policy ${"apply" | "promote" | "rollback" | PolicyStep | "roll-out" | "rules"}`
  | `policy rules ${"approve" | "deny"}`
  | `policy shadow ${"start" | "accept" | "stop"}`
  | `request ${"create" | "approve" | "deny" | "end"}`
  | `resource ${"apply" | "remove"}`
  | "retention prune"
  | "restore"
  | "risk report"
  | `sign-in ${"begin" | "end" | "link" | "refuse" | "set-up" | "apply"}`
  | "settings change"
  | `site ${"apply" | "remove"}`
  | `user ${"activate" | "deactivate" | "sign-out" | "apply" | "remove"}`
  | `group ${"apply" | "remove"}`
  | `token ${"create" | "revoke"}`;

type IdentityStep = "approve" | "quarantine" | "release" | "revoke";
type PolicyStep = "approve" | "deny" | "abort" | "resume";
