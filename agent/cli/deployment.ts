/** `sallyport doctor --deployment`: eight lines about an installation; its exit code serves as detection. */
import { z } from "zod";
import { CodedError } from "#shared/base/coded-error.ts";
import { placesOf } from "../io/places.ts";
import { carriesTunnel } from "../io/tunnel-library.ts";
import { askAgent } from "./agent-client.ts";
import { bold, print, printJson, prose } from "./output.ts";
import { settingsAnswer, type SettingLine } from "./settings.ts";
import { countsOf, statusLine, type StatusLine } from "./status-line.ts";

/** One thing that an installation needs; without `ok` it is for people to know. */
interface Line {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const sessionLine = z.looseObject({ state: z.string(), certificateUntil: z.string().optional() });

/** Shows the lines; exit 0 where all is well, 1 where something is missing. */
export async function deployment(options: { readonly json?: boolean }): Promise<number> {
  const lines = await look();
  if (options.json === true) printJson({ schema: "sallyport.deployment/1", lines });
  else {
    for (const { name, ok, detail } of lines) {
      const text = `${ok ? "ok  " : "FAIL"} ${name.padEnd(14)} ${prose(detail)}`;
      print(ok ? text : bold(text));
    }
  }
  return lines.every(({ ok }) => ok) ? 0 : 1;
}

async function look(): Promise<readonly Line[]> {
  const places = placesOf(process.env);
  try {
    const status = statusLine.parse((await askAgent(places, "status"))["status"]);
    const { settings } = settingsAnswer.parse(await askAgent(places, "settings"));
    const updatesItself = process.platform === "linux";
    return linesOf(status, settings, { tunnelMeant: carriesTunnel(), updatesItself });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return [{ name: "service", ok: false, detail: error.message }];
  }
}

/** What an installation is able to do by its package and its system. */
interface Able {
  /** Its package brought what a tunnel needs. */
  readonly tunnelMeant: boolean;
  readonly updatesItself: boolean;
}

/** Judges what the agent says. */
export function linesOf(
  status: StatusLine,
  settings: readonly SettingLine[],
  { tunnelMeant, updatesItself }: Able,
): readonly Line[] {
  const joined = status.state !== "notEnrolled" && status.state !== "pendingApproval";
  const { certificateUntil } = sessionLine.parse(status["session"] ?? { state: "none" });
  const managed = settings.filter(({ source }) => source === "managed").map(({ key }) => key);
  const bad = status.warnings.filter(({ code }) => code === "SP-130" || code === "SP-104");
  // An installation is whole without what a newer version has.
  const unknown = status.warnings.filter(({ code }) => code === "SP-131");
  const taken = managed.length === 0 ? "none managed" : managed.join(", ");
  const refused = status.warnings.find(({ code }) => /^SP-1[01]\d$/.test(code));
  const valueOf = (key: string) => settings.find((row) => row.key === key)?.value ?? null;
  const { open, all } = countsOf(status);
  const noTunnel = status.warnings.find(({ code }) => code === "SP-427");
  // Where no tunnel was meant to be, an installation is whole without one.
  const postureOnly = noTunnel !== undefined && !tunnelMeant;
  return [
    { name: "service", ok: true, detail: "the agent answers" },
    {
      name: "settings",
      ok: bad.length === 0,
      detail: bad.map(coded)[0] ?? [taken, ...unknown.map(coded)].join("; "),
    },
    {
      name: "enrolment",
      ok: joined,
      detail: joined
        ? (status.device?.id ?? "joined")
        : refused === undefined
          ? `not joined: ${status.state}`
          : coded(refused),
    },
    {
      name: "certificate",
      ok: certificateUntil !== undefined,
      detail: certificateUntil ?? "none",
    },
    {
      name: "first report",
      ok: status.reportedAt !== null,
      detail: status.reportedAt ?? "nothing was reported yet",
    },
    {
      name: "verdicts",
      ok: joined && (postureOnly || (noTunnel === undefined && status.state !== "cannotEnforce")),
      detail:
        noTunnel === undefined
          ? `${status.state}, ${open} of ${all} resources open`
          : coded(noTunnel),
    },
    { name: "tray", ok: true, detail: status.hideTray === true ? "hidden" : "shown" },
    {
      name: "updates",
      ok: true,
      detail: updatesOf(valueOf, updatesItself),
    },
  ];
}

function coded({ code, detail }: { readonly code: string; readonly detail: string }): string {
  return `${detail} (${code})`;
}

function updatesOf(valueOf: (key: string) => SettingLine["value"], updatesItself: boolean): string {
  if (valueOf("InstallUpdates") !== "always") return "off";
  return updatesItself
    ? String(valueOf("UpdateURL") ?? "off: no `UpdateURL` is set")
    : "not on this system: your device management installs new versions";
}
