/** Renders the settings as the Markdown page `docs/settings.md`. */
import { settingCatalogue, settingKeys } from "#shared/settings/setting-catalogue.ts";

const head = `# Settings and device management

A machine's owner decides about the agent in one of three places. The first that says something wins:

1. **Device management**: locked. Windows reads the registry key \`HKLM\\SOFTWARE\\Policies\\Sallyport\\Agent\`, macOS
   \`/Library/Managed Preferences/dev.sallyport.agent.plist\`, Linux all \`*.json\` in \`/etc/sallyport/managed.d\` (the last
   name wins). Only root may own or write these.
2. **The file** \`/etc/sallyport/agent.yaml\`, with the same names (all but \`EnrollmentKey\`), and \`ceilings\`.
3. **The environment** of the service: \`SALLYPORT_LOG_LEVEL\`, \`HTTPS_PROXY\`.

A change applies within a minute, without a restart. \`sallyport settings\` shows every setting and who set it; what is
locked is refused with SP-420 and exit code 6. A managed value that is not understood is named in \`sallyport status\`
(SP-130), and takes no other with it. A name that this version does not have, as a newer one may, is a warning (SP-131)
beside which an installation is whole. Each such problem is one line of the agent's log when it comes and one when it is
over. A reason that somebody gives for \`sallyport down\` is written to the agent's log.

An error lifts no lock. While a managed file cannot be read, is no JSON, or may be written by others than root, what it
said when it was last read well stays, over a restart too (kept in \`managed.json\` of the agent's state, without keys);
so does the former value of a setting whose new one is not understood. While others than root may write the folder, all
of it stays as it was. The registry and managed preferences are held the same way. What was never read well cannot be
held: until it is mended, people may not disconnect, unless another managed file allows it. A file or value that root
takes away is no error: its locks are lifted within a minute.

The macOS source is tested against recorded output and has not run on a Mac. The registry was read under Wine
(\`npm run test:wine\`), not on Windows itself.

`;

const guides = `
## Linux: Ansible, cloud-init, or by hand

[10-organisation.json](../packaging/managed/10-organisation.json) has an example of every setting. One file, one line to
install, and the machine joins by itself:

\`\`\`sh
install -D -m 0640 enrolment.json /etc/sallyport/managed.d/20-enrolment.json   # { "EnrollmentKey": "sp1_…" }
apt-get install --yes ./sallyport_*.deb
\`\`\`

A file with nothing but \`EnrollmentKey\` is removed when the key is spent. A key that is wrong, used or out of date
leaves the package installed; \`sallyport status\` and the journal of \`sallyport-enrol\` name the code, and the machine
tries again every five minutes and whenever the folder changes. Where the package is installed already, leave another key
there, or use \`sallyport enroll --key-file FILE\`.

\`sallyport doctor --deployment\` says in eight lines whether the installation is whole; its exit code serves as detection.

## Windows: Intune or group policy

1. Import [sallyport.admx](../packaging/managed/sallyport.admx) and
   [sallyport.adml](../packaging/managed/en-US/sallyport.adml) ([in German](../packaging/managed/de-DE/sallyport.adml); Intune: Devices > Configuration > Import ADMX; group
   policy: into the central store).
2. Make a profile from the template "Sallyport", set what you want, and assign it to a group of test machines first.
3. A key in the profile is better than one in a command line, since an MDM may log command lines. But every user of a
   machine can read its policies, and on a Mac its profiles: use keys with few uses and a short life, whose machines
   wait for approval, and take the setting back when all have joined.
4. A package [with a tunnel](packages.md#the-tunnel-of-windows) was never run on a real Windows: give it to a pilot
   first, to machines that may lose their network.

## macOS: Jamf, Intune and others

1. Edit [sallyport.mobileconfig](../packaging/managed/sallyport.mobileconfig): it has an example of every setting, so
   delete what you do not want.
2. Upload it as a configuration profile for the computer, not for its users, before the package. Jamf: Computers >
   Configuration Profiles > Upload, level "Computer Level". Intune: Devices > macOS > Configuration > Templates > Custom,
   deployment channel "Device channel".
3. Assign it to a group of test machines first.

Its second payload, \`com.apple.servicemanagement\`, keeps every job whose label begins with \`dev.sallyport\` switched on:
from macOS 13 on a person can otherwise switch the service off under System Settings > General > Login Items. macOS takes
this payload from a device management that a person approved (or that came with the Mac) alone: delete it in a copy that
you open by hand on a test machine. The label is all it asks for. Where your packages are signed, put
\`<key>TeamIdentifier</key><string>YOUR TEAM</string>\` into the rule, too, so that no other program passes by that name. No
other payload is needed: Sallyport brings no system extension and no VPN of the system's own, reads no folder for which
macOS asks a person, and its icon has no bundle that a rule for notices could name.

The three files are generated from \`shared/settings/setting-catalogue.ts\`, as this page is: \`npm run docs\`.
`;

/** Returns the page `docs/settings.md`, ending with a newline. */
export function settingDocument(): string {
  const rows = settingKeys.map((key) => {
    const { type, explain, example, choices } = settingCatalogue[key];
    const kind = choices === undefined ? type : choices.map((one) => `\`${one}\``).join(", ");
    const shown = typeof example === "string" ? example : JSON.stringify(example);
    return `| \`${key}\` | ${kind} | ${explain} | \`${shown}\` |`;
  });
  const table = ["| Setting | Type | What it does | Example |", "|---|---|---|---|", ...rows];
  return `${head}${table.join("\n")}\n${guides}`;
}
