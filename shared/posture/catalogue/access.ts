/** Signals about who may do what on the machine and who can reach it. */
import type { CatalogueEntry, FixByMachine, FixText } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { doesNotApply, everywhere, tierClocks } from "./tier.ts";
import { kernelFix } from "./update-fix.ts";
import { byPackageManager } from "./ways.ts";
import { olderSettings } from "./windows-settings.ts";

function fewerIn(group: string): FixText {
  return {
    text: numbered(
      `See who has administrator rights: \`getent group ${group}\`.`,
      `Take out who needs none: \`sudo gpasswd -d NAME ${group}\`.`,
      "Take their names out of the files in /etc/sudoers.d, too.",
    ),
    command: `getent group ${group}`,
  };
}

const fewerAdministratorsFix: CatalogueEntry["fix"] = {
  linux: {
    text: "Take people who need no administrator rights out of the administrators' group and of /etc/sudoers.d.",
    ways: byPackageManager({
      apt: fewerIn("sudo"),
      dnf: fewerIn("wheel"),
      zypper: fewerIn("wheel"),
      pacman: fewerIn("wheel"),
      "rpm-ostree": fewerIn("wheel"),
      "transactional-update": fewerIn("wheel"),
    }),
  },
  darwin: {
    text:
      "Open System Settings > Users & Groups, choose the info button beside the account and switch " +
      "`Allow this user to administer this computer` off.",
  },
  windows: {
    text: "Open Computer Management > Local Users and Groups > Groups > Administrators and remove the account.",
  },
};

const userSignals: readonly CatalogueEntry[] = [
  {
    signal: "users.admins",
    madeBy: "users",
    type: "set",
    ...tierClocks.warm,
    evented: ["linux", "darwin", "windows"],
    privacy: "hashed",
    title: "Accounts with administrator rights",
    why:
      "Accounts that can become administrator: uid 0, members of the administrators' groups and whom sudo lets in. " +
      "Names leave the device only as digests.",
    fix: fewerAdministratorsFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "users.admin_count",
    madeBy: "users",
    type: "int",
    domain: { min: 0, max: 100_000 },
    ...tierClocks.warm,
    evented: ["linux", "darwin", "windows"],
    privacy: "plain",
    title: "Number of administrator accounts",
    why: "How many accounts besides root can become administrator.",
    fix: fewerAdministratorsFix,
    who: "it",
    os: everywhere,
  },
  {
    signal: "screen.locks",
    madeBy: "screen",
    type: "bool",
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Screen locks by itself",
    said: { true: "the screen locks by itself", false: "the screen does not lock by itself" },
    why:
      "True when every graphical session locks after at most 15 minutes without input. " +
      "Not applicable without a graphical session; an unknown desktop is unknown, and so is one started at a text console.",
    fix: {
      linux: {
        text:
          "GNOME: open Settings > Privacy > Screen Lock, switch it on and set the delay to 15 minutes or less. " +
          "KDE: System Settings > Screen Locking.",
      },
      darwin: {
        text:
          "Open System Settings > Lock Screen, let the screen saver start or the display turn off when inactive, and " +
          "require the password after it: both times together 15 minutes or less.",
      },
      windows: {
        text:
          "Open Settings > Personalisation > Lock screen > Screen saver, choose one, set Wait to 15 minutes or less and " +
          "tick `On resume, display logon screen`.",
      },
    },
    who: "user",
    os: everywhere,
  },
  {
    signal: "users.autologin",
    madeBy: "users",
    type: "bool",
    ...tierClocks.warm,
    evented: ["darwin", "windows"],
    privacy: "plain",
    title: "Somebody is signed in without a password",
    said: {
      true: "somebody is signed in without a password",
      false: "nobody is signed in without a password",
    },
    why: "True when the machine signs an account in by itself at start: whoever holds it is that person.",
    fix: {
      linux: {
        text: "GNOME: open Settings > Users and switch Automatic Login off. KDE: System Settings > Login Screen > Behavior.",
      },
      darwin: {
        text: "Open System Settings > Users & Groups and set `Automatically log in as` to Off.",
      },
      windows: {
        text: numbered(
          "Open Settings > Accounts > Sign-in options and switch off that only Windows Hello may be used, or step 2 lacks its box.",
          "Run `netplwiz` and tick `Users must enter a user name and password`.",
        ),
        command: "netplwiz",
      },
    },
    who: "user",
    os: everywhere,
  },
];

const guestSignal: CatalogueEntry = {
  signal: "users.guest",
  madeBy: "users",
  type: "bool",
  ...tierClocks.warm,
  evented: [],
  privacy: "plain",
  title: "Guest account is on",
  said: { true: "anybody can sign in as guest", false: "nobody can sign in as guest" },
  why: "True when somebody without an account of their own can sign in as guest.",
  fix: {
    ...doesNotApply,
    darwin: {
      text: "Open System Settings > Users & Groups, choose Guest User and switch `Allow guests to log in` off.",
      command: "sudo sysadminctl -guestAccount off",
    },
    windows: {
      text: "Open Computer Management > Local Users and Groups > Users, open the guest account and tick `Account is disabled`.",
      command: "Get-LocalUser | Where-Object SID -like '*-501' | Disable-LocalUser",
    },
  },
  who: "it",
  os: ["darwin", "windows"],
};

const byItself = "Ask IT: this system brings nothing that installs updates by itself.";

const automaticUpdates: FixByMachine = {
  text: "Have the program that keeps this system up to date install updates by itself.",
  ways: [
    {
      when: { "os.product": ["fedora"], "os.package_manager": ["dnf"] },
      ...byDnf("dnf5-plugin-automatic", "dnf5-automatic.timer"),
    },
    {
      when: { "os.package_manager": ["zypper"], "os.version": ["15"] },
      text: "Open YaST > Software > Online Update Configuration and switch Automatic Online Update on.",
    },
    ...byPackageManager({
      apt: {
        text: numbered(
          "Install what updates by itself: `sudo apt install unattended-upgrades`.",
          "Switch it on, with the answer Yes: `sudo dpkg-reconfigure unattended-upgrades`.",
        ),
        command:
          "sudo apt install unattended-upgrades && sudo dpkg-reconfigure unattended-upgrades",
      },
      dnf: byDnf("dnf-automatic", "dnf-automatic.timer"),
      "rpm-ostree": {
        text: numbered(
          "Put `AutomaticUpdatePolicy=apply` under [Daemon] in /etc/rpm-ostreed.conf.",
          "Have it read anew: `sudo rpm-ostree reload`.",
          "Switch the timer on: `sudo systemctl enable --now rpm-ostreed-automatic.timer`.",
        ),
        command: "sudo systemctl enable --now rpm-ostreed-automatic.timer",
      },
      zypper: { text: byItself },
      pacman: { text: byItself },
      "transactional-update": {
        text: "Switch the timer on that installs updates at night.",
        command: "sudo systemctl enable --now transactional-update.timer",
      },
    }),
  ],
};

function byDnf(name: string, timer: string): FixText {
  return {
    text: numbered(
      `Install what updates by itself: \`sudo dnf install ${name}\`.`,
      "Put `apply_updates = yes` under [commands] in /etc/dnf/automatic.conf.",
      `Switch the timer on: \`sudo systemctl enable --now ${timer}\`.`,
    ),
  };
}

const exposureSignals: readonly CatalogueEntry[] = [
  {
    signal: "ports.listening",
    madeBy: "ports",
    type: "set",
    ...tierClocks.warm,
    floorPollMs: 5 * 60_000,
    evented: [],
    privacy: "plain",
    title: "Ports open to the network",
    why:
      "Listening sockets that are not bound to loopback, as `tcp/22` or `udp/5353`. " +
      "Whether the firewall lets anybody reach them is another signal.",
    fix: {
      linux: { text: "Stop the service or bind it to localhost.", command: "sudo ss -Hlntup" },
      darwin: {
        text: "Stop the service or bind it to localhost.",
        command: "sudo lsof -nP -iTCP -sTCP:LISTEN",
      },
      windows: {
        text: "Stop the service or bind it to localhost.",
        command: "Get-NetTCPConnection -State Listen",
      },
    },
    who: "user",
    os: everywhere,
  },
  {
    signal: "os.auto_update",
    madeBy: "patches",
    type: "bool",
    ...tierClocks.cold,
    evented: ["darwin", "windows"],
    privacy: "plain",
    title: "Updates install by themselves",
    said: { true: "updates install by themselves", false: "updates do not install by themselves" },
    why: "True when security updates are fetched and installed without anybody asking.",
    fix: {
      linux: automaticUpdates,
      darwin: {
        text: "Open System Settings > General > Software Update > Automatic updates and switch all on.",
      },
      windows: {
        text: "Open Settings > Windows Update and choose Resume updates; remove policies that pause them.",
        command: "start ms-settings:windowsupdate",
        ways: [
          {
            when: { "os.version": olderSettings },
            text: "Open Settings > Update & Security > Windows Update and choose Resume updates; remove policies that pause them.",
            command: "start ms-settings:windowsupdate",
          },
        ],
      },
    },
    who: "it",
    os: everywhere,
  },
  {
    signal: "os.kernel",
    madeBy: "integrity",
    type: "version",
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Running kernel",
    why: "Release of the running Linux kernel. Distributions backport fixes: compare within one distribution only.",
    fix: {
      ...doesNotApply,
      linux: kernelFix,
    },
    who: "user",
    os: ["linux"],
  },
];

/** Signals about access and exposure. */
export const accessSignals: readonly CatalogueEntry[] = [
  ...userSignals,
  guestSignal,
  ...exposureSignals,
];
