import { row } from "./error-entry.ts";

/** Rows 6xx of the error table: policy documents; lint shows the same number as `E6nn` or `W6nn`. */
export const documentErrors = {
  "SP-601": row(
    "document-invalid",
    2,
    ["Policy document invalid", "{at}: {why}", "correct the document; nothing was changed"],
    { http: 422 },
  ),
  "SP-602": row(
    "document-syntax",
    2,
    ["Not YAML", "{at}: {why}", "correct the syntax; nothing was changed"],
    { http: 422 },
  ),
  "SP-603": row(
    "document-key",
    2,
    ["Unknown key", "{at}: {why}", "correct or remove the key; nothing was changed"],
    { http: 422 },
  ),
  "SP-604": row(
    "document-name",
    2,
    ["Unknown name", "{at}: {why}", "correct the name, or add what it names; nothing was changed"],
    { http: 422 },
  ),
  "SP-605": row(
    "document-twice",
    2,
    ["Given twice", "{at}: {why}", "rename or remove one of the two; nothing was changed"],
    { http: 422 },
  ),
  "SP-606": row(
    "document-cycle",
    2,
    ["Levels in a circle", "{at}: {why}", "let no level lead back to itself; nothing was changed"],
    { http: 422 },
  ),
  "SP-607": row(
    "document-limit",
    2,
    ["Document over a limit", "{at}: {why}", "split or shorten the document; nothing was changed"],
    { http: 422 },
  ),
  "SP-608": row(
    "document-type",
    2,
    [
      "Operator or value does not fit",
      "{at}: {why}",
      "use an operator and a value of the signal's type; nothing was changed",
    ],
    { http: 422 },
  ),
  "SP-609": row(
    "document-signal",
    2,
    ["Unknown signal", "{at}: {why}", "use a signal of docs/signals.md; nothing was changed"],
    { http: 422 },
  ),
  "SP-610": row(
    "equal-targets",
    2,
    ["Equal targets", "{at}: {why}", "give the target to one resource only"],
    { http: 422 },
  ),
  "SP-620": row("rule-dead", 1, [
    "Rule can never hold",
    "{at}: {why}",
    "correct or remove the condition",
  ]),
  "SP-621": row("rule-shadowed", 1, [
    "Rule adds nothing",
    "{at}: {why}",
    "remove the rule, or give it what the other has not",
  ]),
  "SP-622": row("rule-contradicted", 1, [
    "Rule never takes effect",
    "{at}: {why}",
    "narrow the deny, or remove the allow",
  ]),
  "SP-623": row("rule-over-broad", 1, [
    "Rule opens too much",
    "{at}: {why}",
    "ask for a posture level, and for a bound by time, risk or elevation",
  ]),
  "SP-624": row("rule-stale", 1, [
    "Rule without use",
    "{at}: {why}",
    "remove the rule, or say why it stays",
  ]),
  "SP-625": row("exception-over", 1, [
    "Exception without effect",
    "{at}: {why}",
    "remove the exception, or give it an end within 90 days",
  ]),
  "SP-626": row("name-dangling", 1, [
    "Name leads nowhere",
    "{at}: {why}",
    "correct the name, or remove it",
  ]),
  "SP-627": row("rule-not-judged", 1, [
    "Rule too complex to judge",
    "{at}: {why}",
    "split the rule",
  ]),
  "SP-630": row(
    "policy-tests-failed",
    1,
    [
      "Tests beside the policies fail",
      "{why}",
      "correct the policy or its test; nothing was changed",
    ],
    { http: 422, log: "info" },
  ),
  "SP-631": row(
    "policy-locks-out",
    1,
    [
      "The set would shut people out",
      "no access would be left for: {who}",
      "correct the set, or say that it is meant with --allow-lockout",
    ],
    { http: 409, log: "warn" },
  ),
  "SP-632": row(
    "policy-drift",
    7,
    [
      "The set in force did not come from there",
      "{why}",
      "bring the change into the source, or override it with --over-drift",
    ],
    { http: 409, log: "info" },
  ),
  "SP-633": row(
    "policy-plan-old",
    7,
    ["The plan is of another set", "{why}", "plan again and look at it"],
    { http: 409, log: "info" },
  ),
  "SP-634": row(
    "policy-change-open",
    7,
    [
      "A change is under way",
      "change {change} is {status}",
      "finish it first: `policy status` says how",
    ],
    { http: 409, log: "info" },
  ),
  "SP-635": row(
    "policy-own-approval",
    4,
    ["Another person must approve", "{who} is the author", "ask somebody else to approve"],
    { http: 403, log: "warn" },
  ),
  "SP-636": row(
    "policy-gate-closed",
    1,
    [
      "Not ready to be enforced",
      "{why}",
      "go on watching, accept what is meant, or give a reason with --override",
    ],
    { http: 409, log: "info" },
  ),
  "SP-637": row(
    "policy-roll-out-halted",
    7,
    ["Roll-out halted", "{why}", "look at `policy status`, then `policy resume` or `policy abort`"],
    { http: 409, log: "warn" },
  ),
} as const;
