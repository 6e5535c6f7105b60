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
} as const;
