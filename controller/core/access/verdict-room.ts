/** What of a verdict one frame has room for; what it does not name is counted, so that nobody takes it for all. */
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";

type VerdictMessage = ControllerMessageOf<"verdict">;
type Level = VerdictMessage["levels"][number];
type ResourceLine = VerdictMessage["resources"][number];

const levelsMax = 64;
const needsMax = 64;
/** Of all levels together. */
const allNeedsMax = 512;
const linesMax = 1_000;
/** A frame holds 256 KiB; levels and needs take at most 60 of them. */
const lineBytesMax = 192 * 1024;

/** Returns the levels that a verdict tells; those that come late may go without what they look at. */
export function fitLevels(levels: readonly Level[]): Level[] {
  let left = allNeedsMax;
  return levels.slice(0, levelsMax).map(({ needs = [], ...level }) => {
    const shown = needs.slice(0, Math.min(needsMax, left));
    left -= shown.length;
    return { ...level, needs: shown };
  });
}

/** Returns the lines that fit, what is open before what is not, and how many stay without a name. */
export function fitLines(
  lines: readonly ResourceLine[],
): Pick<VerdictMessage, "resources" | "unnamed"> {
  if (fitting(lines) === lines.length) return { resources: [...lines] };
  const [open, closed] = [lines.filter(isOpen), lines.filter((line) => !isOpen(line))];
  const ranked = [...open, ...closed];
  const resources = ranked.slice(0, fitting(ranked));
  const rest = ranked.slice(resources.length);
  const openRest = rest.filter(isOpen).length;
  return { resources, unnamed: { open: openRest, closed: rest.length - openRest } };
}

function isOpen({ state }: ResourceLine): boolean {
  return state === "open";
}

/** Returns how many lines from the first on have room. */
function fitting(lines: readonly ResourceLine[]): number {
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += bytesAtMost(JSON.stringify(line)) + 1;
    if (index === linesMax || bytes > lineBytesMax) return index;
  }
  return lines.length;
}

/** UTF-8 takes three bytes for a unit of UTF-16 at most. */
function bytesAtMost(text: string): number {
  const wide = text.match(/[^\u0000-\u007f]/g)?.length ?? 0;
  return text.length + 2 * wide;
}
