// Recorded output of endpoint protection.
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import * as extensions from "../../agent/core/posture/darwin/extensions.ts";
import { rootPrograms } from "../../agent/core/posture/darwin/processes.ts";
import { readClamd } from "../../agent/core/posture/edr/clamd.ts";
import { engineOf, enginesReading } from "../../agent/core/posture/edr/engines.ts";
import { statusParsers } from "../../agent/core/posture/edr/parsers.ts";
import { readWazuh } from "../../agent/core/posture/edr/status-text.ts";
import { runningProducts } from "../../agent/core/posture/protection.ts";
import { known, orParse, health, never, plist, sample } from "./sample.ts";
import type { ParserSample } from "./sample.ts";

const productSamples = [
  [
    "falcon",
    'aid="0123456789abcdef0123456789abcdef", rfm-state=false',
    "aid is not set, rfm-state=true",
  ],
  [
    "sentinel-linux",
    "Agent state      Enabled\nDFI library    Initialized\nConnectivity    On\n",
    "Agent state      Disabled\n",
  ],
  ["sentinel-mac", "Ready: yes\nProtection: enabled\nConnected: yes\n", "Ready: no\n"],
  [
    "sentinel-windows",
    "Disable State: Not disabled by the user\nSentinelMonitor is loaded\nSentinelAgent is loaded\nSelf-Protection status: On\n",
    "Self-Protection status: Off\n",
  ],
  ["carbon-black", "Sensor State:\n  State: Enabled\nRegistered: Yes\n", "State: Disabled\n"],
  [
    "cortex",
    "Name PID User Status Command\npmd 1234 root Running /opt/traps/bin/pmd\n",
    "pmd 1 root Stopped x\n",
  ],
  ["trend", "AgentStatus.agentState: green\n", "AgentStatus.agentState: red\n"],
  [
    "bitdefender",
    "Antimalware status: On\nNew security content available: no\nLast security content update: 2026-11-21 at 11:44:37 GMT+2\n",
    "Antimalware status: Off\n",
  ],
  [
    "eset",
    '{"id":1,"result":{"description":"You are protected"},"error":null}',
    '{"id":1,"result":{"description":"Security alert"},"error":null}',
  ],
  [
    "trellix",
    "Access Protection: Enabled\nDAT Date : 2026-11-21\n",
    "Access Protection: Disabled\n",
  ],
  [
    "elastic",
    '{"state":2,"components":[{"id":"endpoint-default","state":2}]}',
    '{"state":4,"components":[]}',
  ],
  [
    "defender",
    '{"healthy":true,"licensed":true,"healthIssues":[],"definitionsStatus":{"$type":"upToDate"},"definitionsUpdatedMinutesAgo":5,"realTimeProtectionEnabled":true,"passiveModeEnabled":false}',
    '{"healthy":true,"licensed":true,"healthIssues":[],"definitionsStatus":{"$type":"upToDate"},"definitionsUpdatedMinutesAgo":5,"realTimeProtectionEnabled":false,"passiveModeEnabled":true}',
  ],
] as const;

const engineSamples = [
  ["defender", '{"healthy":true,"engineVersion":"1.1.23060.3000"}'],
  ["clamav", "ClamAV 1.4.6/27500/Sat Nov 21 09:26:02 2026\n"],
] as const;

/** Date.UTC(2026, 10, 22): the samples' content is a day old. */
const statusAt = 1_795_305_600_000;

/** All of them. */
export const edrSamples: readonly ParserSample[] = [
  ...productSamples.map(([name, good, bad]) =>
    sample(
      `edr.healthy by ${name}`,
      health((text) => statusParsers[name](text, statusAt)),
      good,
      {
        bad,
        delimited: bad.startsWith("{"),
      },
    ),
  ),
  ...engineSamples.map(([product, text]) =>
    sample(
      `edr.engines by ${product}`,
      (status) => enginesReading([engineOf(product, status)]),
      text,
      {
        passes: never,
      },
    ),
  ),
  sample(
    "edr.healthy by falcon-mac",
    health((text) => statusParsers["falcon-mac"](text, statusAt)),
    plist("<key>aid</key><string>a</string><key>rfm</key><false/><key>sensor_loaded</key><true/>"),
    {
      bad: plist(
        "<key>aid</key><string>a</string><key>rfm</key><true/><key>sensor_loaded</key><true/>",
      ),
      delimited: true,
    },
  ),
  sample(
    "edr.healthy by wazuh",
    health((text) => readWazuh(text, 1)),
    "status='connected'\n",
    { bad: "status='pending'\n" },
  ),
  sample(
    "edr.healthy by clamd",
    (stats) => {
      const state = readClamd({ ping: "PONG", version: "ClamAV 1.4.6", stats });
      return known(state.alive && state.enginesValid);
    },
    "POOLS: 1\n\nSTATE: VALID PRIMARY\n",
    { bad: "POOLS: 1\n\nSTATE: INVALID PRIMARY\n" },
  ),
  sample(
    "edr.running by ps",
    (text) =>
      orParse(rootPrograms(text), (all) => known(runningProducts(edrCatalogue, all).length > 0)),
    "  1 0 /sbin/launchd\n312 0 /Library/Ossec/bin/wazuh-agentd\n",
    { bad: "  1 0 /sbin/launchd\n312 501 /Library/Ossec/bin/wazuh-agentd\n" },
  ),
  sample(
    "edr.running by systemextensionsctl",
    (text) => orParse(extensions.enabledExtensions(text), (all) => known(all.length > 0)),
    "1 extension(s)\n\t*\t*\tUBF8T346G9\tcom.microsoft.wdav.epsext (1/1)\tx\t[activated enabled]\n",
    { bad: "0 extension(s)\n" },
  ),
];
