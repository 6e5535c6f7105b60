/**
 * Event sources of a Mac: folders (FSEvents behind fs.watch) and the system's log. A folder that may
 * not be read is said to be lost; its signals wait for the floor poll.
 */
import { isEntryOf } from "../../../core/posture/darwin/log-line.ts";
import { keepEventChild } from "../event-child.ts";
import type { EventProgram } from "../event-child.ts";
import { watchPlaces } from "../linux/place-watch.ts";
import type { Place, PlaceWatchOptions } from "../linux/place-watch.ts";

const places: readonly Place[] = [
  {
    folder: "/System/Library/CoreServices",
    names: /^SystemVersion\.plist$/,
    signals: ["os.version"],
  },
  {
    folder: "/Library/Preferences",
    names: /^com\.apple\.SoftwareUpdate\.plist/,
    signals: ["os.security_updates"],
  },
  {
    folder: "/Library/Preferences",
    names: /^com\.apple\.loginwindow\.plist/,
    signals: ["users.autologin"],
  },
  {
    folder: "/var/db/dslocal/nodes/Default/groups",
    names: /^admin\.plist/,
    signals: ["users.admins"],
  },
  { folder: "/var/db/SystemPolicyConfiguration", signals: ["apps.gatekeeper"] },
  { folder: "/var/db/ConfigurationProfiles/Settings", signals: ["mdm.enrolled"] },
  { folder: "/Library/SystemExtensions", signals: ["edr.running", "edr.healthy"] },
  { folder: "/Applications", names: /\.app$/, signals: ["browsers.installed"] },
];

const firewallLog: EventProgram = {
  path: "/usr/bin/log",
  args: ["stream", "--style", "ndjson", "--predicate", 'subsystem == "com.apple.alf"'],
  signalsOf: (line) => (isEntryOf("com.apple.alf", line) ? ["firewall.enabled"] : []),
  signals: ["firewall.enabled"],
};

/** Signals that some source here tells of. */
export const heardOnMac: ReadonlySet<string> = new Set(
  [...places, firewallLog].flatMap(({ signals }) => signals),
);

/** Starts watching; returns what ends it. */
export function watchMac(options: PlaceWatchOptions): () => void {
  const enders = [watchPlaces(places, options), keepEventChild(firewallLog, options)];
  return () => {
    for (const end of enders) end();
  };
}
