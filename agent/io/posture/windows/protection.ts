/** Asks Defender, the Security Center, services and vendors' programs. Not run on a real PC. */
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { notParsed } from "#shared/posture/reading.ts";
import { judgeWindowsProtection } from "../../../core/posture/windows/protection.ts";
import { runningServices, serviceProducts } from "../../../core/posture/windows/services.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";
import { askVendors } from "./vendor-health.ts";

/** Defender's own state (a stopped service is a fact) and the Security Center, which servers lack. */
const protectionQuery =
  "$d=$null;try{$m=Get-CimInstance -Namespace root\\Microsoft\\Windows\\Defender -ClassName MSFT_MpComputerStatus;" +
  "$d=[pscustomobject]@{AMServiceEnabled=(b $m.AMServiceEnabled);RealTimeProtectionEnabled=(b $m.RealTimeProtectionEnabled);" +
  "AMRunningMode=$m.AMRunningMode;AntivirusSignatureAge=(n $m.AntivirusSignatureAge);EngineVersion=$m.AMEngineVersion;ComputerState=(n $m.ComputerState)}" +
  "}catch{$d=e $_};" +
  "$c=$null;try{$c=@(Get-CimInstance -Namespace root\\SecurityCenter2 -ClassName AntiVirusProduct|ForEach-Object{[pscustomobject]@{productState=(n $_.productState)}})}catch{$c=e $_};" +
  "$o=$null;if(Get-Service Sense -ErrorAction SilentlyContinue|Where-Object{[int]$_.Status -eq 4}){" +
  "$s=Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Windows Advanced Threat Protection\\Status' -ErrorAction SilentlyContinue;" +
  "$h=if($s.LastConnected){[int][Math]::Floor(([DateTime]::UtcNow-[DateTime]::FromFileTimeUtc([long]$s.LastConnected)).TotalHours)}else{$null};" +
  "$o=[pscustomobject]@{OnboardingState=$s.OnboardingState;LastConnectedHours=$h}};" +
  "$p=$null;$k=Get-ItemProperty 'HKLM:\\SOFTWARE\\WOW6432Node\\Sophos\\Health\\Status' -ErrorAction SilentlyContinue;" +
  "if($k){$p=[pscustomobject]@{health=$k.health}};" +
  json("[pscustomobject]@{Products=$c;Defender=$d;Onboarding=$o;Sophos=$p}");

/** Services that run, with the files behind them. */
const servicesQuery = json(
  "@(Get-CimInstance Win32_Service -Filter \"State='Running'\" -Property Name,PathName|ForEach-Object{" +
    "[pscustomobject]@{Name=[string]$_.Name;Path=[string]$_.PathName}})",
);

/** Endpoint protection. */
export async function collectWindowsProtection(): Promise<readonly Observation[]> {
  const services = await ask(servicesQuery, (answer) => {
    const running = runningServices(answer);
    const products = running === null ? null : serviceProducts(edrCatalogue, running);
    return [
      [
        "edr.products",
        products === null
          ? notParsed
          : { kind: "known", value: products.map(({ id }) => id).sort() },
      ],
    ];
  });
  const found = services[0]?.fact.reading;
  const ids = found?.kind === "known" && Array.isArray(found.value) ? found.value.map(String) : [];
  const vendors = await askVendors(ids);
  const further = { ids, healths: vendors.map(({ health }) => health) };
  const judged = await ask(protectionQuery, (answer) => {
    const { running, healthy, signatureAge, engines } = judgeWindowsProtection(answer, further);
    return [
      ["edr.running", running],
      ["edr.healthy", healthy],
      ["edr.signature_age_hours", signatureAge],
      ["edr.engines", engines],
    ];
  });
  return [...services, ...judged];
}
