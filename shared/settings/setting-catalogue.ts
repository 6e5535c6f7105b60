/** Every setting that the owner of a machine may give the agent: one table for all systems. */
import { z } from "zod";
import { base64url } from "../protocol/atoms.ts";

/** How a setting is written in the registry, in a property list and in JSON. */
export type SettingType = "boolean" | "text" | "secret" | "list" | "choice";

/** A setting with its words for people; `example` is what templates and guides show. */
export interface SettingEntry {
  readonly type: SettingType;
  readonly title: string;
  readonly explain: string;
  readonly example: boolean | string | readonly string[];
  readonly choices?: readonly string[];
}

/** Also how other products' templates write a boolean: text, or the registry's number. */
const flag = z
  .union([z.boolean(), z.literal([0, 1]), z.stringbool()], "must be true or false")
  .transform((value) => value === true || value === 1);

const notText = "must be text";
const text = z.string(notText).trim().min(1, "must not be empty");
/** The bound that every text has, templates of device management included, and how it is said. */
const most = (characters: number) =>
  [characters, `must have at most ${characters} characters`] as const;
const levels = ["error", "warn", "info", "debug"] as const;
const modes = ["never", "always"] as const;
const pinText = "has 43 characters of base64url";
const durationText = "a number of minutes or hours, as in `30m` or `8h`";

/** What each setting may hold; the parsed value is what the agent uses. */
export const settingSchemas = {
  ControllerURL: z.url({ protocol: /^https$/, message: "must be an https URL" }).max(...most(200)),
  EnrollmentKey: text.max(...most(512)).startsWith("sp1_", "must be a key that starts with `sp1_`"),
  RootPins: z
    .array(base64url.length(43, pinText), `must be a list of pins: each ${pinText}`)
    .min(1, "must name a pin")
    .max(4, "must name at most four pins"),
  AlwaysOn: flag,
  AllowUserDisconnect: flag,
  DisconnectRequiresReason: flag,
  ReconnectAfter: z
    .string(notText)
    .max(...most(5))
    .regex(/^[1-9][0-9]{0,3}[mh]$/, `must be ${durationText}`)
    .transform(minutesOf),
  ProxyURL: z.url({ protocol: /^http$/, message: "must be an http URL" }).max(...most(512)),
  PostureChecking: z.enum(modes, `must be one of ${modes.join(", ")}`),
  InstallUpdates: z.enum(modes, `must be one of ${modes.join(", ")}`),
  UpdateURL: z.url({ protocol: /^https$/, message: "must be an https URL" }).max(...most(200)),
  UpdateChannel: z
    .string(notText)
    .max(...most(32))
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must be a short name"),
  HideTray: flag,
  LogLevel: z.enum(levels, `must be one of ${levels.join(", ")}`),
  SupportURL: z
    .url({ protocol: /^(https?|mailto)$/, message: "must be a https, http or mailto URL" })
    .max(...most(512)),
  ManagedByOrganizationName: text.max(...most(128)),
} as const;

/** The name of a setting, the same on every system. */
export type SettingKey = keyof typeof settingSchemas;

/** Settings as the agent uses them; what nobody set is absent. */
export type SettingValues = {
  readonly [Key in SettingKey]?: z.output<(typeof settingSchemas)[Key]> | undefined;
};

/** Words and shape of each setting, for templates, guides and the page of settings. */
export const settingCatalogue: Readonly<Record<SettingKey, SettingEntry>> = {
  ControllerURL: {
    type: "text",
    title: "Controller address",
    explain: "The only controller that this machine may join: https, with the agents' port.",
    example: "https://controller.example.com:8443",
  },
  EnrollmentKey: {
    type: "secret",
    title: "Enrolment key",
    explain:
      "The string that joins this machine (it names the controller and pins its root). The machine joins by itself and the key is spent; afterwards the value is ignored.",
    example: "sp1_…",
  },
  RootPins: {
    type: "list",
    title: "Pins of the controller's root",
    explain:
      "SHA-256 (base64url) of the root's public key; a key or identity with another pin is refused.",
    example: ["0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"],
  },
  AlwaysOn: {
    type: "boolean",
    title: "Always on",
    explain:
      "The tunnel is up whenever the agent runs. Nobody can take it down or sign out, not even an administrator of the machine, unless `AllowUserDisconnect` is set as well.",
    example: true,
  },
  AllowUserDisconnect: {
    type: "boolean",
    title: "People may disconnect",
    explain:
      "Whether somebody who is no administrator may take the tunnel down or sign out. Protected networks stay closed either way. Yes unless `AlwaysOn` is set.",
    example: true,
  },
  DisconnectRequiresReason: {
    type: "boolean",
    title: "Disconnecting needs a reason",
    explain: "Whoever takes the tunnel down has to say why; the reason is written to the log.",
    example: true,
  },
  ReconnectAfter: {
    type: "text",
    title: "Reconnect after",
    explain: `The tunnel comes up by itself this long after it was taken down: ${durationText}.`,
    example: "30m",
  },
  ProxyURL: {
    type: "text",
    title: "Proxy",
    explain: "The HTTP proxy on the way to the controller; it carries bytes and sees no content.",
    example: "http://proxy.example.com:3128",
  },
  PostureChecking: {
    type: "choice",
    title: "Look at this machine",
    explain:
      "Whether the state of this machine is read and sent. With `never` nothing is read any more, what was sent counts until it is too old, and everything that asks for a level stays closed. `always` unless set.",
    choices: modes,
    example: "always",
  },
  InstallUpdates: {
    type: "choice",
    title: "Install updates",
    explain:
      "Whether new versions are installed by themselves, once a day, from `UpdateURL`: on Linux alone, elsewhere your device management installs them. Only what the repository's offline keys have signed is taken, and nothing older. Off unless set.",
    choices: modes,
    example: "always",
  },
  UpdateURL: {
    type: "text",
    title: "Repository of updates",
    explain:
      "A TUF repository with `metadata/` and `targets/`; its first root metadata is `/etc/sallyport/update-root.json`, which root puts there. No controller can set either.",
    example: "https://updates.example.com/sallyport",
  },
  UpdateChannel: {
    type: "text",
    title: "Channel of updates",
    explain: "Which of the repository's channels is followed; `stable` unless set.",
    example: "stable",
  },
  HideTray: {
    type: "boolean",
    title: "Hide the tray icon",
    explain: "No icon in the panel; notices, status page and command line stay.",
    example: false,
  },
  LogLevel: {
    type: "choice",
    title: "Log level",
    explain: "How much the agent writes to its log.",
    choices: levels,
    example: "info",
  },
  SupportURL: {
    type: "text",
    title: "Support",
    explain: "Where people find help: shown beside everything that is blocked or locked.",
    example: "https://it.example.com/help",
  },
  ManagedByOrganizationName: {
    type: "text",
    title: "Organisation",
    explain: "The name that is shown as owner of locked settings.",
    example: "Example Corp",
  },
};

/** Every key in the order of the table. */
export const settingKeys = Object.keys(settingCatalogue) as readonly SettingKey[];

function minutesOf(duration: string): number {
  const count = Number(duration.slice(0, -1));
  return duration.endsWith("h") ? count * 60 : count;
}
