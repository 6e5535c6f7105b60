/** Asks the application firewall. Not run on a real Mac. */
import { judgeMacFirewall } from "../../../core/posture/darwin/firewall.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

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
  return told(
    [["firewall.enabled", judged(from, () => judgeMacFirewall(from.text))]],
    [from, filter],
  );
}
