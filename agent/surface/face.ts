/** What tray and page show first: one mark and one line for the whole state. */
import {
  countsOf,
  headlineOf,
  isGatewaySilent,
  isHeld,
  type StatusLine,
} from "../cli/status-line.ts";
import { reasonText } from "../cli/reason-text.ts";

/** The marks, worst first: what comes earlier covers what comes later. */
export type FaceKind =
  | "broken"
  | "notJoined"
  | "waiting"
  | "down"
  | "isolated"
  | "blocked"
  | "signIn"
  | "partly"
  | "portal"
  | "connecting"
  | "offline"
  | "protected";

/** A mark with the line that says it in words; `urgent` is said although nobody asked. */
export interface Face {
  readonly kind: FaceKind;
  readonly line: string;
  readonly urgent: boolean;
}

/** Returns the face of a status; null where no agent answers. */
export function faceOf(status: StatusLine | null): Face {
  if (status === null || status.state === "cannotEnforce") {
    return { kind: "broken", line: "Protection is NOT working", urgent: true };
  }
  switch (status.state) {
    case "notEnrolled":
    case "signedOut":
      return notJoined(status);
    case "pendingApproval":
      return { kind: "waiting", line: "Waiting for an administrator's approval", urgent: false };
    case "connecting":
    case "offline":
      return portalOf(status) ?? calm(status.state, headlineOf(status));
    case "blocked":
      if (status.disconnect?.down === true) {
        return calm("down", "Taken down by hand; protected addresses stay closed");
      }
      if (isHeld(status) || closedOf(status).some(isIsolated)) return isolated;
      if (closedOf(status).length > 0 && closedOf(status).every(needsSignIn)) return signIn;
      return { kind: "blocked", line: "Blocked: see how to fix it", urgent: true };
    case "narrowed":
      if (closedOf(status).some(isIsolated)) return isolated;
      if (closedOf(status).some(needsSignIn)) return signIn;
      return { kind: "partly", line: partlyLine(status), urgent: true };
    case "connected":
      // By the clock it has ended; what closes with it, the agent is about to hear.
      if (status.session?.endsInMinutes === 0) return signIn;
      if (isGatewaySilent(status.warnings)) return calm("partly", headlineOf(status));
      return calm("protected", protectedLine(status));
  }
}

const signIn: Face = { kind: "signIn", line: "Sign in to continue", urgent: true };

const isolated: Face = {
  kind: "isolated",
  line: "IT isolated this device: ask your service desk",
  urgent: true,
};

/** Tells whether somebody at the controller closed this device as a whole. */
export function isIsolated({ reasons }: StatusLine["resources"][number]): boolean {
  return reasons.some(({ code }) => code === "quarantined");
}

/** Tells whether a sign-in is what opens a resource. */
export function needsSignIn({ reasons }: StatusLine["resources"][number]): boolean {
  return reasons[0]?.code === "sign_in_needed" || reasons[0]?.code === "step_up_needed";
}

/** What the agent says where a network's own page answered in place of the controller. */
export const portalCode = "SP-112";

/** Returns the resources that are not open. */
export function closedOf(status: StatusLine): StatusLine["resources"] {
  return status.resources.filter(({ state }) => state !== "open");
}

/** A first warning of a machine that has not joined is why: a key that was refused, no controller. */
function notJoined({ warnings: [why] }: StatusLine): Face {
  if (why === undefined) return calm("notJoined", "This machine has not joined");
  const line = `This machine has not joined: ${why.title.toLowerCase()} (${why.code})`;
  return { kind: "notJoined", line, urgent: true };
}

function portalOf(status: StatusLine): Face | null {
  const portal = status.warnings.some(({ code }) => code === portalCode);
  return portal ? calm("portal", "This network asks for sign-in: open its page") : null;
}

function partlyLine(status: StatusLine): string {
  const closed = closedOf(status);
  const [first] = closed;
  if (first === undefined) return "Partly blocked: see how to fix it";
  const [reason] = first.reasons;
  const why = reason === undefined ? "" : `: ${reasonText(reason)}`;
  return `${closed.length} blocked: ${first.name}${why}`;
}

function protectedLine(status: StatusLine): string {
  const { open, all } = countsOf(status);
  return `Protected: ${open} of ${all} resources open`;
}

function calm(kind: FaceKind, line: string): Face {
  return { kind, line, urgent: false };
}
