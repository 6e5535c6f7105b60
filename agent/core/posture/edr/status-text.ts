/**
 * Health of products whose status command prints text. Lines are looked up by their label, whole words
 * only; a label that is missing stays missing. No pattern goes over line ends from a line's start: a flood
 * of blank lines would take the square of its length.
 */
import { ageHours } from "../source-age.ts";
import { utcMs } from "../utc-time.ts";
import { healthOf, unknownHealth } from "./health.ts";
import type { Health } from "./health.ts";

/** Returns whether the value behind a label is the wanted one; null when the label is not there. */
function says(text: string, label: string, wanted: RegExp): boolean | null {
  const line = new RegExp(`^[ \\t]*${label}[ \\t]*(?::|=|[ \\t]{2,}|\\t)(.*)$`, "im").exec(
    text,
  )?.[1];
  return line === undefined ? null : wanted.test(line.trim());
}

/** Returns the lines under a heading: deeper ones and items of a list; null without the heading. */
function linesUnder(text: string, heading: string): readonly string[] | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const label = new RegExp(`^${heading}[ \\t]*:?$`, "i");
  const at = lines.findIndex((line) => label.test(line.trim()));
  if (at === -1) return null;
  const depth = lines[at]?.search(/\S/) ?? 0;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => line.search(/\S/) <= depth && !/^\s*[-*]\s/.test(line));
  return end === -1 ? rest : rest.slice(0, end);
}

/** CrowdStrike on Linux: `falconctl -g --aid --rfm-state --version`. Reduced mode has no detection. */
export function readFalcon(text: string): Health {
  const aid = /\baid="([0-9a-f]{32})"/i.test(text)
    ? true
    : /aid is not set/.test(text)
      ? false
      : null;
  const reduced = /rfm-state=(true|false)\b/.exec(text)?.[1];
  return healthOf({
    "the sensor is not registered": aid,
    "the sensor is in reduced functionality mode":
      reduced === undefined ? null : reduced === "false",
  });
}

/** SentinelOne on Linux: `engines status`, `control status` and `management status` in one text. */
export function readSentinelLinux(text: string): Health {
  return healthOf({
    "the agent is not enabled": says(text, "Agent state", /^Enabled$/i),
    "the engine is not initialised": says(text, "DFI library", /^Initialized$/i),
    "there is no connection to the console": says(text, "Connectivity", /^On$/i),
  });
}

/** SentinelOne on macOS: `sentinelctl status`. */
export function readSentinelMac(text: string): Health {
  const missing = "Missing Authorizations";
  const named = new RegExp(`${missing}:?[ \\t]*[^\\s:]`, "i").test(text);
  const listed = linesUnder(text, missing) ?? [];
  return healthOf({
    "the agent is not ready": says(text, "Ready", /^yes$/i),
    "protection is off": says(text, "Protection", /^enabled$/i),
    "authorizations are missing": !named && listed.length === 0,
    "there is no connection to the console": says(text, "Connected", /^yes$/i),
  });
}

/** SentinelOne on Windows: `SentinelCtl.exe status`. */
export function readSentinelWindows(text: string): Health {
  const disabled = says(text, "Disable State", /^Not disabled/i);
  const loaded = (name: string) => {
    if (new RegExp(`^${name} is (?:loaded|running as PPL)\\s*$`, "m").test(text)) return true;
    return new RegExp(`^${name} is not (?:loaded|running)`, "m").test(text) ? false : null;
  };
  return healthOf({
    "self-protection is off":
      says(text, "Self-Protection status", /^On$/i) ?? says(text, "Self-Protection", /^On$/i),
    "the monitor is not loaded": loaded("SentinelMonitor"),
    "the agent is not loaded": loaded("SentinelAgent"),
    "the agent is disabled": disabled,
  });
}

/** Carbon Black Cloud: `repcli status`. Other sections may have a state, too. */
export function readCarbonBlack(text: string): Health {
  const sensor = (linesUnder(text, "Sensor State") ?? []).join("\n");
  return healthOf({
    "the sensor is not enabled": says(sensor, "State", /^Enabled$/i),
    "the sensor is not registered": says(text, "Registered", /^Yes$/i),
    "the sensor shuts down": !/\bShutdown In Progress\b/i.test(text),
    "it may not read the whole disk": says(text, "FullDiskAccess", /^NotEnabled$/i) !== true,
  });
}

/** Cortex XDR: the table of `cytool runtime query`. */
export function readCortex(text: string): Health {
  const state = /^[ \t]*pmd[ \t]+\S+[ \t]+\S+[ \t]+(\S+)/im.exec(text)?.[1];
  return healthOf({ "the daemon does not run": state === undefined ? null : state === "Running" });
}

/** Trend Micro: `dsa_query -c GetAgentStatus`; an index of names precedes the values. */
export function readTrend(text: string): Health {
  return healthOf({ "the agent is not green": says(text, "AgentStatus\\.agentState", /^green$/i) });
}

/** Bitdefender: `bduitool get ps`; its content is as old as `2023-08-24 at 11:44:37 GMT+2`. */
export function readBitdefender(text: string, now: number): Health {
  const updated =
    /^[ \t]*Last security content update:[ \t]*(\S+) at (\S+) GMT(?:([+-]\d{1,2})(?::?00)?)?[ \t]*$/im.exec(
      text,
    );
  const [, day, time, zone] = updated ?? [];
  return withContent(
    {
      "antimalware is off": says(text, "Antimalware status", /^On$/i),
      "newer content is waiting": says(text, "New security content available", /^no$/i),
    },
    hoursSince({ day, time, zone }, now),
  );
}

/** Trellix: `mfetpcli --getapstatus` and `--version`, which names the day of its DAT files. */
export function readTrellix(text: string, now: number): Health {
  const day = /^[ \t]*DAT\b[^:\n]*\bdate[ \t]*:[ \t]*(\d{4}[-/]\d{2}[-/]\d{2})\b/im.exec(text)?.[1];
  return withContent(
    { "access protection is off": says(text, "Access Protection", /^Enabled$/i) },
    hoursSince({ day, time: "00:00:00" }, now),
  );
}

/** Content whose age nobody can tell may be of any age. */
function withContent(conditions: Parameters<typeof healthOf>[0], hours: number | null): Health {
  return healthOf(
    { ...conditions, "the content's age is not told": hours === null ? null : true },
    hours,
  );
}

/** A moment in a vendor's words; the zone is whole hours from UTC. */
interface WrittenTime {
  readonly day: string | undefined;
  readonly time: string | undefined;
  readonly zone?: string | undefined;
}

function hoursSince({ day = "", time = "", zone = "0" }: WrittenTime, now: number): number | null {
  const match = /^(\d{4})[-/](\d{2})[-/](\d{2}) (\d{2}):(\d{2}):(\d{2})$/.exec(`${day} ${time}`);
  if (match === null) return null;
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number);
  if (month < 1 || month > 12 || date < 1 || date > 31 || hour > 24) return null;
  return ageHours(utcMs([year, month - 1, date, hour - Number(zone), minute, second]), now);
}

/** Wazuh's state file, rewritten every 5 s by a living agent; `ageSeconds` is the file's. */
export function readWazuh(text: string, ageSeconds: number): Health {
  const status = /^status='(\w+)'/m.exec(text)?.[1];
  if (status === undefined) return unknownHealth;
  return healthOf({
    "the agent is not connected": status === "connected",
    "the state file is not kept up": Math.abs(ageSeconds) <= 60,
  });
}
