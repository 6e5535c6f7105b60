/** Reads the papers of browsers' bundles. Not run on a real Mac. */
import { stat } from "node:fs/promises";
import { known } from "#shared/posture/reading.ts";
import { macBrowsers, readMacBrowser } from "../../../core/posture/darwin/software.ts";
import type { Observation } from "../observation.ts";
import { plistOf, told } from "./output.ts";

/** Browsers by their bundles' papers. */
export async function collectMacSoftware(): Promise<readonly Observation[]> {
  const found: string[] = [];
  const outputs = [];
  for (const folder of Object.keys(macBrowsers)) {
    const file = `/Applications/${folder}/Contents/Info.plist`;
    if ((await stat(file).catch(() => null)) === null) continue;
    const from = await plistOf(file);
    const browser = from.failed === null ? readMacBrowser(folder, from.text) : null;
    outputs.push(from);
    if (browser !== null) found.push(browser);
  }
  return told([["browsers.installed", known(found.sort())]], outputs);
}
