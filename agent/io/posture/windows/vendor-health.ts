/** Asks vendors' own programs and files on Windows how their products are. Not run on a real PC. */
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { BesideProbe } from "#shared/posture/edr-product.ts";
import { vouchedProgram } from "../../../core/posture/windows/signed-programs.ts";
import { askHealth } from "../edr-health.ts";
import type { HealthAnswer } from "../edr-health.ts";
import { query } from "./powershell.ts";
import { json } from "./query-text.ts";

const products = edrCatalogue.filter(({ os, health }) => os === "windows" && health !== null);
const probes = products
  .map(({ health }) => health)
  .filter((health): health is BesideProbe => health?.kind === "beside");

/** Each probe's program, found in the folder of its running service, and who signed it. */
const signedQuery =
  `$w=@{${probes.map(({ service, program }) => `'${service}'='${program}'`).join(";")}};` +
  json(
    "@(Get-CimInstance Win32_Service -Filter \"State='Running'\" -Property Name,PathName|" +
      "Where-Object{$w[$_.Name]}|ForEach-Object{$p=[string]$_.PathName;" +
      `$x=if($p -match '^"([^"]+)"'){$Matches[1]}elseif($p -match '^(.+?\\.exe)'){$Matches[1]};` +
      "$f=if($x){Join-Path (Split-Path -Parent $x) $w[$_.Name]};" +
      "if($f -and (Test-Path -LiteralPath $f)){$g=Get-AuthenticodeSignature -LiteralPath $f;" +
      "[pscustomobject]@{Service=$_.Name;Path=$f;Status=(n $g.Status);Subject=$g.SignerCertificate.Subject}}})",
  );

/** Returns what the products that were found say of themselves; `ids` are those whose services run. */
export async function askVendors(ids: readonly string[]): Promise<readonly HealthAnswer[]> {
  const asked = products.filter(({ id }) => ids.includes(id));
  if (asked.length === 0) return [];
  const { answer } = await query(signedQuery);
  return Promise.all(
    asked.map((product) => askHealth(product, (probe) => vouchedProgram(answer, probe))),
  );
}
