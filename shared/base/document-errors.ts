import { type ErrorEntry, row } from "./error-entry.ts";

const place = "{at}: {why}";

function refused(slug: string, title: string, fix: string): ErrorEntry {
  return row(slug, 2, [title, place, `${fix}; nothing was changed`], { http: 422 });
}

function finding(slug: string, title: string, fix: string): ErrorEntry {
  return row(slug, 1, [title, place, fix]);
}

/** Rows 6xx of the error table: policy documents; lint shows the same number as `E6nn` or `W6nn`. */
export const documentErrors = {
  "SP-601": refused("document-invalid", "Policy document invalid", "correct the document"),
  "SP-602": refused("document-syntax", "Not YAML", "correct the syntax"),
  "SP-603": refused("document-key", "Unknown key", "correct or remove the key"),
  "SP-604": refused("document-name", "Unknown name", "correct the name, or add what it names"),
  "SP-605": refused("document-twice", "Given twice", "rename or remove one of the two"),
  "SP-606": refused("document-cycle", "Levels in a circle", "let no level lead back to itself"),
  "SP-607": refused("document-limit", "Document over a limit", "split or shorten the document"),
  "SP-608": refused(
    "document-type",
    "Operator or value does not fit",
    "use an operator and a value of the signal's type",
  ),
  "SP-609": refused("document-signal", "Unknown signal", "use a signal of docs/signals.md"),
  "SP-610": row(
    "equal-targets",
    2,
    ["Equal targets", "{at}: {why}", "give the target to one resource only"],
    { http: 422 },
  ),
  "SP-611": refused(
    "controller-name",
    "The controller's own name",
    "name the resources one by one, or give the controller another name",
  ),
  "SP-620": finding("rule-dead", "Rule can never hold", "correct or remove the condition"),
  "SP-621": finding(
    "rule-shadowed",
    "Rule adds nothing",
    "remove the rule, or give it what the other has not",
  ),
  "SP-622": finding(
    "rule-contradicted",
    "Rule never takes effect",
    "narrow the deny, or remove the allow",
  ),
  "SP-623": finding(
    "rule-over-broad",
    "Rule opens too much",
    "ask for a posture level, and for a bound by time, risk or elevation",
  ),
  "SP-624": finding("rule-stale", "Rule without use", "remove the rule, or say why it stays"),
  "SP-625": finding(
    "exception-over",
    "Exception without effect",
    "remove the exception, or give it an end within 90 days",
  ),
  "SP-626": finding("name-dangling", "Name leads nowhere", "correct the name, or remove it"),
  "SP-627": finding("rule-not-judged", "Rule too complex to judge", "split the rule"),
  "SP-628": finding(
    "rule-denies-its-author",
    "Rule denies its author",
    "narrow the deny, or let somebody whom it leaves in put it in force",
  ),
  "SP-629": finding(
    "rule-over-grant",
    "Rule opens more than a device reaches",
    "join resources into fewer with several targets each, or narrow the rule",
  ),
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
