/** What is said although nobody asked: a change for the worse or back, once in a while for each cause. */
import type { ResourceLine, StatusLine } from "../cli/status-line.ts";
import { reasonText } from "../cli/reason-text.ts";
import { prose } from "../cli/output.ts";
import { spanText } from "../cli/ago-text.ts";
import { closedOf, faceOf, isIsolated, needsSignIn, portalCode } from "./face.ts";
import { plainText } from "#shared/base/plain-text.ts";
import { hourMs } from "#shared/base/time-span.ts";
import { stepsOf } from "#shared/posture/fix-steps.ts";

/** A notice of the desktop; `stays` until somebody has seen it. */
export interface Notice {
  readonly cause: string;
  readonly title: string;
  readonly body: string;
  readonly stays: boolean;
  /** What its button does, if not to show how to fix it. */
  readonly offers?: "signIn" | "portal";
}

/** A cause is told again after this long. */
const againAfterMs = 4 * hourMs;
const titleMax = 45;
const bodyMax = 140;

/** What was told, by its cause. */
export type Told = ReadonlyMap<string, number>;

/** Returns what a change of status is worth saying; null where no agent answers. */
export function noticesOf(
  before: StatusLine | null,
  after: StatusLine | null,
  closedForMs: (resource: string) => number | null = () => null,
): readonly Notice[] {
  if (after === null || after.state === "cannotEnforce") return broken(before, after);
  if (after.state === "notEnrolled") return refusedKey(before, after);
  if (faceOf(after).kind === "portal") return portal(before, after);
  if (!tellsAccess(after)) return [];
  if (after.disconnect?.down === true) return [];
  const was = new Map((before?.resources ?? []).map((one) => [one.name, one.state]));
  const closed = closedOf(after).filter(({ name }) => was.get(name) === "open");
  const opened = after.resources.filter(
    ({ name, state }) =>
      state === "open" && was.get(name) !== undefined && was.get(name) !== "open",
  );
  return [...signInEnds(before, after), ...blocked(closed), ...restored(opened, closedForMs)];
}

/** Told at each mark, so that it can be renewed while all is open. */
function signInEnds(before: StatusLine | null, { session }: StatusLine): readonly Notice[] {
  const { endsInMinutes, until = "" } = session ?? {};
  if (endsInMinutes === undefined || endsInMinutes === 0) return [];
  if (before?.session?.endsInMinutes === endsInMinutes) return [];
  const body = `Your sign-in ends in ${endsInMinutes} min. Renewed before, nothing closes.`;
  const told = notice(endCause(until, endsInMinutes), "Sign in to keep access", body);
  return [{ ...told, offers: "signIn" }];
}

function endCause(until: string, endsInMinutes: number): string {
  return `sign-in ${until} ${endsInMinutes}`;
}

/** Returns which of these causes are over, so that their notices can go; what nobody can tell is not. */
export function overCauses(causes: Iterable<string>, status: StatusLine | null): readonly string[] {
  if (faceOf(status).kind === "broken") return [];
  const standing = standingCauses(status);
  return [...causes].filter(
    (cause) => cause === "broken" || (standing !== null && !standing.has(cause)),
  );
}

/** Returns what would be told of this status by itself; null where it tells nothing of what is open. */
function standingCauses(status: StatusLine | null): ReadonlySet<string> | null {
  if (status?.state === "notEnrolled") {
    return new Set(status.warnings.slice(0, 1).map(({ code }) => keyCause(code)));
  }
  if (status === null || !tellsAccess(status)) return null;
  const closed = closedOf(status);
  const { endsInMinutes = 0, until = "" } = status.session ?? {};
  return new Set([
    ...closed.map(closedCause),
    ...(closed.some(isIsolated) ? [isolatedCause] : []),
    ...(endsInMinutes === 0 ? [] : [endCause(until, endsInMinutes)]),
  ]);
}

/** Where nothing can flow for a reason of its own, every resource would be named in vain. */
function tellsAccess({ state }: StatusLine): boolean {
  return state === "blocked" || state === "narrowed" || state === "connected";
}

/** Returns the notices that were not told lately, and what was told with them. */
export function notToldLately(
  notices: readonly Notice[],
  told: Told,
  nowMs: number,
): { readonly now: readonly Notice[]; readonly told: Told } {
  const now = notices.filter(({ cause }) => {
    const at = told.get(cause);
    return at === undefined || nowMs >= at + againAfterMs;
  });
  const kept = [...told].filter(([, at]) => nowMs < at + againAfterMs);
  return { now, told: new Map([...kept, ...now.map(({ cause }) => [cause, nowMs] as const)]) };
}

function broken(before: StatusLine | null, after: StatusLine | null): readonly Notice[] {
  const same = faceOf(before).kind === "broken" && (before === null) === (after === null);
  if (same && before !== null) return [];
  const why = after?.warnings[0]?.detail ?? "the agent does not answer";
  return [
    notice("broken", "Protection is NOT working", `Protected addresses stay closed: ${why}.`),
  ];
}

/** Nobody stood by when the package was installed: the person is who sees that the key was refused. */
function refusedKey(before: StatusLine | null, after: StatusLine): readonly Notice[] {
  const [why] = after.warnings;
  if (why === undefined || before?.warnings[0]?.code === why.code) return [];
  const body = `${why.detail} (${why.code}). ${why.fix}.`;
  return [notice(keyCause(why.code), "This machine has not joined", body)];
}

function keyCause(code: string): string {
  return `not joined ${code}`;
}

/** Once a network, which is known by its page. */
function portal(before: StatusLine | null, { warnings }: StatusLine): readonly Notice[] {
  if (before !== null && faceOf(before).kind === "portal") return [];
  const seen = warnings.find(({ code }) => code === portalCode);
  const page = String(seen?.params?.["portal"] ?? "");
  const body = "Protected addresses stay closed until you have signed in to it.";
  const told = notice(`portal ${page}`, "This network asks for sign-in", body);
  return [{ ...told, offers: "portal" }];
}

const isolatedCause = "isolated";

function isolated({ reference }: StatusLine["resources"][number]): Notice {
  const said = reference === undefined ? "" : `, reference ${reference}`;
  const body = `Call the service desk${said}. Your files are untouched.`;
  return notice(isolatedCause, "IT isolated this device", body);
}

function blocked(closed: StatusLine["resources"]): readonly Notice[] {
  const [first, ...others] = closed;
  if (first === undefined) return [];
  const shut = closed.find(isIsolated);
  if (shut !== undefined) return [isolated(shut)];
  const [reason] = first.reasons;
  const why = reason === undefined ? "" : `${plainText(reasonText(withoutLevel(reason)))}. `;
  const also = others.length === 0 ? "" : ` and ${others.length} more`;
  const reference = first.reference === undefined ? "" : ` Reference ${first.reference}.`;
  const fix = fixWithin(bodyMax - why.length - reference.length, first);
  const said = notice(
    closedCause(first),
    ending(first.name, `${also} ${are(closed)} blocked`, titleMax),
    ending(`${why}${fix}`, reference, bodyMax),
  );
  return [needsSignIn(first) ? { ...said, offers: "signIn" } : said];
}

function closedCause({ name, reasons: [reason] }: ResourceLine): string {
  return `blocked ${reason?.code ?? ""} ${String(reason?.params["signal"] ?? name)}`;
}

/** Which level wanted it stands on the page; here the room is for what to do. */
function withoutLevel({ code, params }: ResourceLine["reasons"][number]) {
  const { level: _, ...kept } = params;
  return { code, params: kept };
}

/** Returns all that is to be done where there is room for it, and never a part: half a command does harm. */
function fixWithin(room: number, { name, fixes: [fix] }: ResourceLine): string {
  if (fix === undefined) return "Open the status page for what to do.";
  const { text, command } = fix;
  const steps = stepsOf(text).map((step) => plainText(step).replace(/[.]$/, ""));
  const isList = steps.length > 1;
  const said = isList ? steps.map((step, at) => `${at + 1}. ${step}`).join("; ") : steps.join("");
  const isNamed = command === undefined || text.includes(`\`${command}\``);
  // Who is led through settings needs no command beside that.
  const both = isNamed || isList || text.includes(" > ") ? [] : [`${said}: ${command}`];
  const alone = isNamed ? [] : [`Run: ${command}`];
  const elsewhere = `Steps: "How to fix it", or: sallyport explain ${name}`;
  const found = [...both, said, ...alone, elsewhere].find((one) => one.length < room);
  return `${found ?? '"How to fix it" has the steps'}.`;
}

function restored(
  opened: StatusLine["resources"],
  closedForMs: (resource: string) => number | null,
): readonly Notice[] {
  const [first, ...others] = opened;
  if (first === undefined) return [];
  const also = others.length === 0 ? "" : ` and ${others.length} more`;
  const spans = opened.flatMap(({ name }) => closedForMs(name) ?? []);
  const long = spans.length === 0 ? "" : ` Closed for ${spanText(Math.max(...spans))}.`;
  const body = `Access came back by itself; there is nothing to do.${long}`;
  const title = ending(first.name, `${also} ${are(opened)} open again`, titleMax);
  return [{ ...notice(`open ${first.name}`, title, body), stays: false }];
}

function are({ length }: StatusLine["resources"]): string {
  return length === 1 ? "is" : "are";
}

/** Returns both parts within a length; what is too long is the first, which the page has whole. */
function ending(text: string, end: string, max: number): string {
  const room = max - end.length;
  return text.length <= room ? `${text}${end}` : `${text.slice(0, room - 1).trimEnd()}…${end}`;
}

function notice(cause: string, title: string, body: string): Notice {
  const within = (text: string, max: number): string => prose(text).slice(0, max).toWellFormed();
  return { cause, title: within(title, titleMax), body: within(body, bodyMax), stays: true };
}
