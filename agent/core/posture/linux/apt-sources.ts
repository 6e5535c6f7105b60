/** Reads whether apt gets security updates from anywhere, and whether settings put others before them. */
import { isSecurityOrigin } from "./apt.ts";
import type { SecuritySources } from "./apt.ts";

interface Source {
  readonly priority: number;
  readonly origin: string;
  readonly security: boolean;
}

/** What is installed stays where all that is offered comes from below it (apt_preferences(5)). */
const installedPriority = 100;

/** Reads `apt-cache policy`: a priority and an address, then what the source calls itself. */
export function readSecuritySources(policy: string): SecuritySources | null {
  const [, files] = /^Package files:\n([^]*?)^Pinned packages:/m.exec(policy) ?? [];
  if (files === undefined) return null;
  const sources = [...files.matchAll(/^ *(-?\d+) .*\n +release (.+)$/gm)].map(sourceOf);
  const security = sources.filter((source) => source.security);
  if (security.length === 0) return "none";
  // Sources of security updates may stand above each other: Ubuntu Pro puts its own at 510.
  const others = sources.filter((source) => !source.security);
  const outranked = security.some(
    ({ priority, origin }) =>
      priority < installedPriority ||
      others.some((other) => other.priority > priority && other.origin === origin),
  );
  return outranked ? "outranked" : "first";
}

/** Composed as apt names origins where it installs from them: `LABEL:VERSION/SUITE`. */
function sourceOf([, priority, release = ""]: RegExpExecArray): Source {
  const value = (key: string) => new RegExp(`(?:^|,)${key}=([^,]*)`).exec(release)?.[1] ?? "";
  return {
    priority: Number(priority),
    origin: value("o"),
    security: isSecurityOrigin(`${value("l")}:${value("v")}/${value("a")}`),
  };
}
