/** Asks the application firewall. Not run on a real Mac. */
import { judgeMacFirewall, judgeProfiledFirewall } from "../../../core/posture/darwin/firewall.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

/** system_profiler gathers for seconds on a busy Mac. */
const profilerDeadlineMs = 15_000;

/** The application firewall; its modes and the packet filter stand beside it as evidence. */
export async function collectMacFirewall(): Promise<readonly Observation[]> {
  const tool = "/usr/libexec/ApplicationFirewall/socketfilterfw";
  const from = await output(tool, [
    "--getglobalstate",
    "--getblockall",
    "--getallowsigned",
    "--getstealthmode",
  ]);
  const filter = await output("/sbin/pfctl", ["-s", "info"]);
  const reading = judged(from, () => judgeMacFirewall(from.text));
  if (reading.kind === "known") return told([["firewall.enabled", reading]], [from, filter]);
  const args = ["-json", "SPFirewallDataType"];
  const profile = await output("/usr/sbin/system_profiler", args, {
    deadlineMs: profilerDeadlineMs,
  });
  const profiled = judged(profile, () => judgeProfiledFirewall(profile.text));
  const best = profiled.kind === "known" ? profiled : reading;
  return told([["firewall.enabled", best]], [profile, from, filter]);
}
