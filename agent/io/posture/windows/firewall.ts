/** Asks for the firewall's profiles. Not run on a real PC. */
import { judgeWindowsFirewall } from "../../../core/posture/windows/firewall.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** Effective firewall profiles and the services behind them. */
const firewallQuery =
  "$s=@{};foreach($n in 'mpssvc','BFE'){$s[$n]=([int](Get-Service $n).Status -eq 4)};" +
  json(
    "[pscustomobject]@{Profiles=@(Get-NetFirewallProfile -PolicyStore ActiveStore|ForEach-Object{" +
      "[pscustomobject]@{Name=[string]$_.Name;Enabled=(n $_.Enabled);DefaultInboundAction=(n $_.DefaultInboundAction)}});Services=$s}",
  );

/** Windows Firewall. */
export function collectWindowsFirewall(): Promise<readonly Observation[]> {
  return ask(firewallQuery, (answer) => [["firewall.enabled", judgeWindowsFirewall(answer)]]);
}
