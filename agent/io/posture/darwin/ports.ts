/** Reads listening ports. Not run on a real Mac. */
import { known, notParsed } from "#shared/posture/reading.ts";
import { readMacPorts } from "../../../core/posture/darwin/ports.ts";
import type { Observation } from "../observation.ts";
import { judged, output, told } from "./output.ts";

/** Listening TCP ports. */
export async function collectMacPorts(): Promise<readonly Observation[]> {
  const from = await output("/usr/sbin/lsof", ["-nP", "-iTCP", "-sTCP:LISTEN", "-F", "n"]);
  const ports = readMacPorts(from.text, from.errors);
  const reading = judged(from, () => (ports === null ? notParsed : known(ports)));
  return told([["ports.listening", reading]], [from]);
}
