/** Reads listening ports. Not run on a real PC. */
import { known, notParsed } from "#shared/posture/reading.ts";
import { readNames } from "../../../core/posture/windows/answer.ts";
import type { Observation } from "../observation.ts";
import { ask } from "./ask.ts";
import { json } from "./query-text.ts";

/** Listening sockets that are not on loopback. */
const portsQuery = json(
  "@(@(Get-NetTCPConnection -State Listen|Where-Object{$_.LocalAddress -notin '127.0.0.1','::1'}|ForEach-Object{'tcp/'+$_.LocalPort})+" +
    "@(Get-NetUDPEndpoint|Where-Object{$_.LocalAddress -notin '127.0.0.1','::1'}|ForEach-Object{'udp/'+$_.LocalPort})|Sort-Object -Unique)",
);

/** Listening ports. */
export function collectWindowsPorts(): Promise<readonly Observation[]> {
  return ask(portsQuery, (answer) => {
    const ports = readNames(answer);
    return [["ports.listening", ports === null ? notParsed : known(ports)]];
  });
}
