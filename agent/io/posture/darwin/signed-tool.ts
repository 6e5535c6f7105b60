/** Decides whether a vendor's program on a Mac may be run with our rights. */
import type { UnknownReason } from "#shared/posture/fact.ts";
import { runTool } from "../command.ts";
import { trustTool } from "../trusted-tool.ts";

/** Administrators' group, which may write to /Applications and can become root anyway. */
const adminGroup = 80;
const codesignDeadlineMs = 15_000;

/**
 * Returns a judge that trusts programs which nobody but administrators can have placed and whose
 * signature names the vendor's team.
 */
export function trustTeam(
  team: string,
  codesign = "/usr/bin/codesign",
): (path: string) => Promise<UnknownReason | null> {
  return async (path) => {
    const distrust = await trustTool(path, [adminGroup]);
    if (distrust !== null) return distrust;
    const requirement = `=anchor apple generic and certificate leaf[subject.OU] = "${team}"`;
    const run = await runTool({
      candidates: [codesign],
      args: ["--verify", "--strict", "-R", requirement, path],
      deadlineMs: codesignDeadlineMs,
    });
    return run.kind === "ended" && run.exitCode === 0 ? null : "tampered_tool";
  };
}
