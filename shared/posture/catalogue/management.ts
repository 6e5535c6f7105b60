/** Signals about who manages the machine and what it trusts. */
import type { CatalogueEntry, FixText } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { doesNotApply, everywhere, tierClocks } from "./tier.ts";
import { byPackageManager } from "./ways.ts";

const enrolmentSignals: readonly CatalogueEntry[] = [
  {
    signal: "mdm.enrolled",
    madeBy: "management",
    type: "bool",
    ...tierClocks.warm,
    evented: ["darwin", "windows"],
    privacy: "plain",
    title: "Enrolled in device management",
    said: {
      true: "device management looks after this machine",
      false: "no device management looks after this machine",
    },
    why:
      "True when a device management product proves on the machine that it is enrolled. Linux knows Intune, " +
      "Workspace ONE, Landscape and JumpCloud; a product that is installed but shows no proof is unknown.",
    fix: {
      linux: {
        text: "Open your organisation's management portal (for example Intune) and sign in.",
      },
      darwin: {
        text: "Open System Settings > General > Device Management and install your organisation's profile.",
        command: "sudo profiles renew -type enrollment",
      },
      windows: {
        text: "Open Settings > Accounts > Access work or school, choose Connect and sign in.",
        command: "start ms-settings:workplace",
      },
    },
    who: "it",
    os: everywhere,
  },
  {
    signal: "mdm.tools",
    madeBy: "management",
    type: "set",
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Management tools installed",
    why: "Such as `intune`, `landscape`, `puppet`, `chef`, `fleet`. A label, no proof that the tool works.",
    fix: {
      ...doesNotApply,
      linux: { text: "Install the management tool that your organisation asks for." },
    },
    who: "it",
    os: ["linux"],
  },
  {
    signal: "domain.joined",
    madeBy: "management",
    type: "bool",
    ...tierClocks.warm,
    evented: ["windows"],
    privacy: "plain",
    title: "Joined to the organisation's directory",
    said: {
      true: "the machine has joined the organisation's directory",
      false: "the machine has not joined the organisation's directory",
    },
    why:
      "Linux: a host key and a directory in sssd or samba. macOS: bound by dsconfigad. " +
      "Windows: Active Directory or Entra ID.",
    fix: {
      linux: { text: "Join the directory: `sudo realm join DOMAIN`." },
      darwin: { text: "Open Directory Utility, choose Active Directory and bind this Mac." },
      windows: {
        text: "Open Settings > Accounts > Access work or school and join the organisation.",
        command: "dsregcmd /status",
      },
    },
    who: "it",
    os: everywhere,
  },
];

function withoutRoot(folder: string, update: string): FixText {
  return {
    text: numbered(
      `See what was added: \`ls -l ${folder}\`.`,
      `Remove the certificate that nobody needs: \`sudo rm ${folder}/NAME\`.`,
      `Have the system's store made anew: \`${update}\`.`,
    ),
    command: `ls -l ${folder}`,
  };
}

const trustSignals: readonly CatalogueEntry[] = [
  {
    signal: "certificates.extra_roots",
    madeBy: "certificates",
    type: "set",
    ...tierClocks.warm,
    evented: ["linux"],
    privacy: "plain",
    title: "Root certificates beyond the system's own",
    why:
      "SHA-256 of root certificates that somebody added to the system's store: whoever holds their keys can read " +
      "encrypted traffic. The system's own list is the one that its package brought.",
    fix: {
      ...doesNotApply,
      linux: {
        text: "Remove the certificate from the folder of added root certificates, and have the system's store made anew.",
        ways: byPackageManager({
          apt: withoutRoot("/usr/local/share/ca-certificates", "sudo update-ca-certificates"),
          dnf: withoutRoot("/etc/pki/ca-trust/source/anchors", "sudo update-ca-trust"),
          zypper: withoutRoot("/etc/pki/trust/anchors", "sudo update-ca-certificates"),
          pacman: withoutRoot("/etc/ca-certificates/trust-source/anchors", "sudo update-ca-trust"),
          "rpm-ostree": withoutRoot("/etc/pki/ca-trust/source/anchors", "sudo update-ca-trust"),
          "transactional-update": withoutRoot(
            "/etc/pki/trust/anchors",
            "sudo update-ca-certificates",
          ),
        }),
      },
    },
    who: "it",
    os: ["linux"],
  },
];

/** Management signals. */
export const managementSignals: readonly CatalogueEntry[] = [...enrolmentSignals, ...trustSignals];
