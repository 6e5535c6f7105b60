/** Reads the papers of browsers' bundles. Not run on a real Mac. */
import { stat } from "node:fs/promises";
import { judgeMacBrowsers, macBrowsers } from "../../../core/posture/darwin/software.ts";
import type { Observation } from "../observation.ts";
import { plistOf, told } from "./output.ts";
import type { Output } from "./output.ts";

/** Browsers by their bundles' papers. */
export async function collectMacSoftware(): Promise<readonly Observation[]> {
  const bundles: { readonly folder: string; readonly from: Output }[] = [];
  for (const folder of Object.keys(macBrowsers)) {
    const file = `/Applications/${folder}/Contents/Info.plist`;
    if ((await stat(file).catch(() => null)) === null) continue;
    bundles.push({ folder, from: await plistOf(file) });
  }
  const reading = judgeMacBrowsers(
    bundles.map(({ folder, from }) => ({ folder, plist: from.text })),
  );
  return told(
    [["browsers.installed", reading]],
    bundles.map(({ from }) => from),
  );
}
