/** `posture`, `explain`, `recheck`, `up` and `down`: one question, one answer. */
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { causeText } from "#shared/posture/signal-text.ts";
import { placesOf } from "../io/places.ts";
import { askAgent } from "./agent-client.ts";
import { agoText } from "./ago-text.ts";
import { fixLines } from "./fix-lines.ts";
import { bold, cleaned, print, printJson, prose } from "./output.ts";
import { readStatus } from "./status.ts";
import { explanationLines, resourceLine } from "./status-line.ts";

const reading = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("known"),
    value: z.union([z.boolean(), z.number(), z.string(), z.array(z.string())]),
  }),
  z.object({ kind: z.literal("unknown"), reason: z.string() }),
  z.object({ kind: z.literal("notApplicable"), proof: z.string() }),
]);

/** A signal as the agent tells it. */
export const postureRow = z.looseObject({
  signal: z.string(),
  title: z.string(),
  why: z.string().default(""),
  reading: reading.nullable(),
  source: z.string().nullable(),
  checkedAgeMs: z.number().nullable(),
  blocking: z.boolean(),
  levels: z.array(z.object({ id: z.string(), met: z.boolean() })),
  fix: z.object({ text: z.string(), command: z.string().optional() }),
});

/** A signal with what was read of it. */
export type PostureRow = z.infer<typeof postureRow>;

const evidenceAnswer = z.object({
  signal: z.string(),
  collector: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  tool: z.string().optional(),
  exitCode: z.number().optional(),
  tookMs: z.number(),
  raw: z.string().nullable(),
});

/** What `posture` was asked. */
export interface PostureOptions {
  readonly all?: boolean;
  readonly evidence?: string;
  readonly json?: boolean;
}

/** Shows what was read of this machine; exit 1 where some of it keeps a resource closed. */
export async function posture(options: PostureOptions): Promise<number> {
  if (options.evidence !== undefined) return evidence(options.evidence, options.json === true);
  const answer = await askAgent(placesOf(process.env), "posture");
  const rows = z.array(postureRow).parse(answer["signals"]);
  const shown = options.all === true ? rows : rows.filter((row) => row.reading !== null);
  if (options.json === true) printJson({ schema: "sallyport.posture/1", signals: shown });
  else for (const line of shown.flatMap(postureLines)) print(line);
  return rows.some((row) => row.blocking) ? 1 : 0;
}

/** Shows the redacted text that a signal stands on; it never leaves this machine. */
async function evidence(signal: string, json: boolean): Promise<number> {
  const answer = await askAgent(placesOf(process.env), "posture", { evidence: signal });
  const parsed = evidenceAnswer.safeParse(answer);
  if (!parsed.success) throw new CodedError("SP-205", { kind: "evidence", why: "malformed" });
  const { data } = parsed;
  if (json) printJson({ schema: "sallyport.evidence/1", ...data });
  else {
    const by = data.tool === undefined ? data.collector : `${data.collector} by ${data.tool}`;
    print(cleaned(`${data.signal}: ${by}, ${data.bytes} bytes, sha256 ${data.sha256}`));
    const text = data.raw ?? "(no text is kept: noticed, or not read since the start)";
    for (const line of text.split("\n")) print(`  ${cleaned(line)}`);
  }
  return 0;
}

/** Explains one resource; exit 1 where it is not open. */
export async function explain(resource: string, options: { json?: boolean }): Promise<number> {
  const answer = await askAgent(placesOf(process.env), "explain", { resource });
  const parsed = resourceLine.safeParse(answer["explanation"]);
  if (!parsed.success) throw new CodedError("SP-205", { kind: "explanation", why: "malformed" });
  if (options.json === true) {
    printJson({ schema: "sallyport.explanation/1", explanation: parsed.data });
  } else for (const line of explanationLines(parsed.data)) print(line);
  return parsed.data.state === "open" ? 0 : 1;
}

/** Asks for a fresh look at every signal. */
export async function recheck(options: { json?: boolean }): Promise<number> {
  await askAgent(placesOf(process.env), "recheck");
  return done("recheck", "Looking again. `sallyport posture` shows the result.", options);
}

/** Asks for time-boxed access, which somebody at the controller approves. */
export async function request(
  resource: string,
  options: { reason: string; for: number; json?: boolean },
): Promise<number> {
  const seconds = Math.floor(options.for / 1_000);
  const fields = { resource, reason: options.reason, seconds };
  const answer = await askAgent(placesOf(process.env), "request", fields);
  const id = cleaned(String(answer["request"]));
  if (options.json === true)
    printJson({ schema: "sallyport.access-request/1", state: "waiting", id });
  else print(`Request ${id} waits for an approver. "sallyport status" shows when it is open.`);
  return 0;
}

const signInAnswer = z.object({ page: z.string(), openSeconds: z.number() });

/** Lets the network's own sign-in page through where it stands at a protected address. */
export async function portal(options: { json?: boolean }): Promise<number> {
  const parsed = signInAnswer.safeParse(await askAgent(placesOf(process.env), "portal"));
  if (!parsed.success) throw new CodedError("SP-205", { kind: "portal", why: "malformed" });
  const { page, openSeconds } = parsed.data;
  if (options.json === true) printJson({ schema: "sallyport.portal/1", page, openSeconds });
  else for (const line of signInLines(cleaned(page), openSeconds)) print(line);
  return 0;
}

function signInLines(page: string, openSeconds: number): readonly string[] {
  const open = `Open ${page} in a browser and sign in.`;
  if (openSeconds === 0) return [open];
  return [
    open,
    `Its address is one of your organisation's; it alone is reachable for ${openSeconds} s, outside`,
    "the tunnel: enter nothing there that is meant for your organisation.",
  ];
}

/** Ends the person's sign-in; what needed a person closes. */
export async function logout(options: { json?: boolean }): Promise<number> {
  const places = placesOf(process.env);
  const { user } = readStatus(await askAgent(places, "status")).session ?? {};
  // Asked all the same: a sign-in may be under way, and a refusal has its reason.
  await askAgent(places, "logout");
  if (options.json === true) {
    printJson({ schema: "sallyport.done/1", verb: "logout", user: user ?? null });
  } else if (user === undefined) print("Nobody was signed in.");
  else print(`Signed out ${cleaned(user)}. What needs a person is closed.`);
  return 0;
}

/** Takes back a `down`. */
export async function up(options: { json?: boolean }): Promise<number> {
  await askAgent(placesOf(process.env), "up");
  return done("up", "The tunnel comes up as far as the controller allows.", options);
}

/** Takes the tunnel down; protected addresses stay closed. */
export async function down(options: { reason?: string; json?: boolean }): Promise<number> {
  await askAgent(placesOf(process.env), "down", { reason: options.reason ?? null });
  return done("down", "The tunnel is down; protected addresses stay closed.", options);
}

function done(verb: string, text: string, options: { json?: boolean }): number {
  if (options.json === true) printJson({ schema: "sallyport.done/1", verb });
  else print(prose(text));
  return 0;
}

function postureLines(row: PostureRow): readonly string[] {
  const age = row.checkedAgeMs === null ? "never" : agoText(row.checkedAgeMs);
  const levels = row.levels.map(({ id, met }) => `${cleaned(id)}: ${met ? "pass" : "FAIL"}`);
  const parts = [
    row.signal.padEnd(28),
    readingText(row.reading).padEnd(24),
    (row.source ?? "-").padEnd(5),
    age.padEnd(10),
    [cleaned(row.title), ...levels].join("; "),
  ];
  const line = parts.join(" ").trimEnd();
  if (!row.blocking && row.levels.every(({ met }) => met)) return [line];
  const lead = row.blocking ? "keeps something closed; fix" : "fix";
  return [bold(line), ...fixLines(lead, row.fix)];
}

function readingText(value: PostureRow["reading"]): string {
  switch (value?.kind) {
    case undefined:
      return "-";
    case "known":
      return cleaned(valueText(value.value));
    case "unknown":
      return `unknown: ${cleaned(causeText(value.reason))}`;
    case "notApplicable":
      return `not applicable: ${cleaned(value.proof)}`;
  }
}

/** An empty set is an answer, too. */
function valueText(value: boolean | number | string | readonly string[]): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? "none" : value.join(",");
}
