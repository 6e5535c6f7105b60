/** The status as the command line reads and shows it. */
import { z } from "zod";
import { reasonCodes } from "#shared/policy/decision.ts";
import { agoText } from "./ago-text.ts";
import { asAdministrator } from "../core/local/as-administrator.ts";
import { localReasonCodes } from "../core/local/resources.ts";
import { type StatusState, statusStates } from "../core/local/status.ts";
import { osName } from "../io/host.ts";
import { fixLines } from "./fix-lines.ts";
import { bold, cleaned, prose } from "./output.ts";
import { reasonText } from "./reason-text.ts";

/** How many minutes before a person's sign-in ends it is said. */
export const signInMarks = [15, 5] as const;

const params = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const reason = z.object({ code: z.enum([...reasonCodes, ...localReasonCodes]), params });

const fix = z.object({
  signal: z.string(),
  text: z.string(),
  command: z.string().optional(),
  who: z.enum(["user", "it"]),
});

/** A resource as status and explain give it. */
export const resourceLine = z.looseObject({
  name: z.string(),
  state: z.enum(["open", "blocked", "stepUp", "pending"]),
  reference: z.string().optional(),
  reasons: z.array(reason),
  fixes: z.array(fix),
  gateway: z.string().optional(),
});

/** What the command line reads of a status; all of it is passed on with `--json`. */
export const statusLine = z.looseObject({
  schema: z.string(),
  state: z.enum(statusStates),
  device: z.looseObject({ id: z.string(), hostname: z.string() }).nullable(),
  reportedAt: z.string().nullable(),
  session: z
    .looseObject({
      user: z.string().optional(),
      signedInAt: z.string().optional(),
      until: z.string().optional(),
      // Filled in by whoever shows it: time passes without the agent's word.
      endsInMinutes: z.literal([...signInMarks, 0]).optional(),
    })
    .optional(),
  managedBy: z.string().optional(),
  supportUrl: z.string().optional(),
  hideTray: z.boolean().optional(),
  managed: z.array(z.string()).optional(),
  disconnect: z
    .object({ down: z.boolean(), allowed: z.boolean(), needsReason: z.boolean() })
    .optional(),
  resources: z.array(resourceLine),
  /** Resources beside those, for which the controller had no room. */
  unnamed: z.object({ open: z.number(), closed: z.number() }).optional(),
  message: z.string().optional(),
  warnings: z.array(
    z.looseObject({
      code: z.string(),
      params: params.optional(),
      title: z.string(),
      detail: z.string(),
      fix: z.string(),
    }),
  ),
});

/** A status as the command line reads it. */
export type StatusLine = z.infer<typeof statusLine>;
/** A resource as the command line reads it. */
export type ResourceLine = z.infer<typeof resourceLine>;

const words: Readonly<Record<StatusState, string>> = {
  notEnrolled: "Not enrolled",
  pendingApproval: "Waiting for an administrator's approval",
  signedOut: "Signed out",
  connecting: "Connecting; nothing opens yet",
  connected: "Connected",
  narrowed: "Partly blocked",
  blocked: "Blocked",
  offline: "Offline; nothing new opens",
  cannotEnforce: "Protection is NOT working",
};

/** What may be said of a resource, in a word. */
export const stateWords: Readonly<Record<ResourceLine["state"], string>> = {
  open: "open",
  blocked: "blocked",
  stepUp: "sign-in",
  pending: "pending",
};

/** Returns the state in words; while no controller is reached they say whether anything still flows. */
export function headlineOf({ state, resources, warnings }: StatusLine): string {
  if (state === "connected" && isGatewaySilent(warnings)) {
    return "Connected, but a gateway does not answer";
  }
  if (state === "blocked" && isHeld({ warnings })) return "Blocked by an administrator";
  const open = resources.some((resource) => resource.state === "open");
  if (state === "offline" && !open) return "Offline; protected addresses stay closed";
  return words[state];
}

/** Tells whether what is open stays without an answer: a gateway is not reached by UDP. */
export function isGatewaySilent(warnings: StatusLine["warnings"]): boolean {
  return warnings.some(({ code }) => code === "SP-407");
}

/** Tells whether an administrator closed this machine as a whole. */
export function isHeld({ warnings }: Pick<StatusLine, "warnings">): boolean {
  return warnings.some(({ code }) => code === "SP-417");
}

/** Returns how many resources are open, and how many there are, with those that are not named. */
export function countsOf({ resources, unnamed }: StatusLine): { open: number; all: number } {
  const open = resources.filter((resource) => resource.state === "open").length;
  const more = unnamed ?? { open: 0, closed: 0 };
  return { open: open + more.open, all: resources.length + more.open + more.closed };
}

/** Returns the lines of a status for people. */
export function statusLines(status: StatusLine, nowMs = Date.now()): readonly string[] {
  const { device, resources, reportedAt } = status;
  const { open, all } = countsOf(status);
  const head = [bold(headlineOf(status))];
  if (device !== null) head.push(`${cleaned(device.hostname)} (${cleaned(device.id)})`);
  if (all > 0) head.push(`${open} of ${all} resources open`);
  const { user } = status.session ?? {};
  if (user !== undefined) head.push(cleaned(user));
  if (reportedAt !== null) {
    head.push(`last change reported ${agoText(nowMs - Date.parse(reportedAt))}`);
  }
  const lines = [head.join("   ")];
  if (status.message !== undefined) lines.push(`  ${prose(status.message)}`);
  for (const resource of resources) lines.push(`  ${resourceText(resource)}`);
  const left = all - resources.length;
  if (left > 0) lines.push(`  and ${left} more, which the controller had no room to name`);
  for (const warning of status.warnings) {
    lines.push(`  ! ${cleaned(warning.title)}: ${prose(warning.detail)} (${warning.code})`);
    lines.push(`    ${prose(warning.fix)}`);
  }
  const blocked = resources.find((resource) => resource.state !== "open");
  if (blocked !== undefined) lines.push(`  Next: sallyport explain ${cleaned(blocked.name)}`);
  if (status.state === "notEnrolled") {
    lines.push(`  Next: ${asAdministrator(osName(), "enroll --key-file FILE")}`);
  }
  if (status.managedBy !== undefined) lines.push(`  managed by ${cleaned(status.managedBy)}`);
  return lines;
}

/** Returns why a resource is closed, how to open it, and the reference to name to somebody. */
export function explanationLines(resource: ResourceLine): readonly string[] {
  const lines = [bold(resourceText(resource))];
  for (const cause of resource.reasons) lines.push(`  why: ${prose(reasonText(cause))}`);
  for (const fix of resource.fixes) {
    lines.push(...fixLines(`fix (${fix.who === "user" ? "you" : "IT"})`, fix));
  }
  if (resource.reference !== undefined) lines.push(`  reference: ${cleaned(resource.reference)}`);
  return lines;
}

function resourceText(resource: ResourceLine): string {
  const parts = [cleaned(resource.name).padEnd(16), stateWords[resource.state].padEnd(8)];
  if (resource.state === "open" && resource.gateway !== undefined) {
    parts.push(`via ${cleaned(resource.gateway)}`);
  }
  const [first] = resource.reasons;
  if (first !== undefined) parts.push(prose(reasonText(first)));
  if (resource.state !== "open" && resource.reference !== undefined) {
    parts.push(`ref ${cleaned(resource.reference)}`);
  }
  return parts.join(" ").trimEnd();
}
