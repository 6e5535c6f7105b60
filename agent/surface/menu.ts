/** The tray's menu: nine lines at most; everything longer is on the status page. */
import { prose } from "../cli/output.ts";
import { countsOf, stateWords, type StatusLine } from "../cli/status-line.ts";
import { closedOf, type Face, faceOf } from "./face.ts";

/** What a click does. */
export type MenuAction =
  | { readonly kind: "open"; readonly part: "state" | "blocked" | "shared" }
  | {
      readonly kind: "recheck" | "up" | "down" | "signIn" | "signOut" | "portal" | "quit" | "none";
    }
  /** Tells a notice again in a while. */
  | { readonly kind: "later"; readonly cause: string };

/** One line of the menu. */
export interface MenuLine {
  readonly id: number;
  readonly label: string;
  readonly enabled: boolean;
  readonly action: MenuAction;
  readonly children: readonly MenuLine[];
}

const resourcesMax = 8;
const labelMax = 80;

/** Returns the lines for a status; null where no agent answers. Numbers stay with their meaning. */
export function menuOf(
  status: StatusLine | null,
  { kind, line }: Face = faceOf(status),
): readonly MenuLine[] {
  const lines = [item(1, line, { kind: "open", part: "state" })];
  if (status !== null) {
    if (kind === "signIn") {
      lines.push(item(2, "Sign in…", { kind: "signIn" }));
    } else if (kind === "portal") {
      lines.push(item(2, "Open the network's sign-in page", { kind: "portal" }));
    } else if (closedOf(status).length > 0) {
      lines.push(item(2, "How to fix it", { kind: "open", part: "blocked" }));
    }
    if (status.resources.length > 0) lines.push(resourceLines(status));
    lines.push(item(4, "Check again", { kind: "recheck" }), connectionLine(status));
    const signedIn = status.session?.user !== undefined;
    // The way in stands above already.
    if (status.session?.["state"] !== "none" && (signedIn || kind !== "signIn")) {
      lines.push(personLine(status));
    }
  }
  lines.push(
    item(6, "Status page and help", { kind: "open", part: "state" }),
    item(7, "What is shared", { kind: "open", part: "shared" }),
    quitLine(status),
  );
  return lines;
}

/** Returns the line with a number, at any depth. */
export function lineOf(lines: readonly MenuLine[], id: number): MenuLine | null {
  for (const line of lines) {
    const found = line.id === id ? line : lineOf(line.children, id);
    if (found !== null) return found;
  }
  return null;
}

function resourceLines(status: StatusLine): MenuLine {
  const { resources } = status;
  const shown = [...resources]
    .sort((left, right) => rank(left.state) - rank(right.state))
    .slice(0, resourcesMax)
    .map((resource, at) =>
      item(100 + at, `${resource.name}: ${stateWords[resource.state]}`, {
        kind: "open",
        part: "blocked",
      }),
    );
  const left = countsOf(status).all - shown.length;
  const more = left > 0 ? [item(99, `${left} more…`, { kind: "open", part: "state" })] : [];
  return { ...item(3, "Resources", { kind: "none" }), children: [...shown, ...more] };
}

function rank(state: string): number {
  return state === "open" ? 1 : 0;
}

/** What the organisation locked stays visible, and says whose it is. */
function connectionLine(status: StatusLine): MenuLine {
  if (status.disconnect?.down === true) return item(5, "Connect again", { kind: "up" });
  if (status.disconnect?.allowed !== false) return item(5, "Disconnect…", { kind: "down" });
  const locked = item(5, `Disconnect: ${managedBy(status)}`, { kind: "none" });
  return { ...locked, enabled: false };
}

function personLine({ session }: StatusLine): MenuLine {
  if (session?.user === undefined) return item(9, "Sign in…", { kind: "signIn" });
  return item(9, `Sign out ${session.user}`, { kind: "signOut" });
}

function quitLine(status: StatusLine | null): MenuLine {
  const locked = status?.managed?.includes("AlwaysOn") === true;
  if (!locked) return item(8, "Quit this icon", { kind: "quit" });
  return { ...item(8, `Quit: ${managedBy(status)}`, { kind: "none" }), enabled: false };
}

function managedBy({ managedBy: owner }: StatusLine): string {
  return `managed by ${owner ?? "your organisation"}`;
}

function item(id: number, label: string, action: MenuAction): MenuLine {
  return {
    id,
    label: prose(label).slice(0, labelMax).toWellFormed(),
    enabled: true,
    action,
    children: [],
  };
}
