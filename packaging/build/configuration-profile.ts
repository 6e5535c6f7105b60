/** The configuration profile (.mobileconfig) for Jamf and other device management of Macs. */
import {
  settingCatalogue,
  type SettingEntry,
  settingKeys,
} from "#shared/settings/setting-catalogue.ts";
import { markup } from "./markup.ts";

/** Also the name of the file in which macOS keeps the settings. */
const domain = "dev.sallyport.agent";
// Fixed, so that a profile replaces the former one in place of standing beside it.
const profileId = "6C1B7C0E-5E0C-4C57-9D36-0B0B4B1F6A01";
const payloadId = "6C1B7C0E-5E0C-4C57-9D36-0B0B4B1F6A02";

/** Returns a profile with an example of every setting. */
export function configurationProfile(): string {
  const settings = settingKeys.map(
    (key) => `      <key>${key}</key>\n      ${valueOf(settingCatalogue[key])}`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadType</key>
  <string>Configuration</string>
  <key>PayloadVersion</key>
  <integer>1</integer>
  <key>PayloadIdentifier</key>
  <string>${domain}.profile</string>
  <key>PayloadUUID</key>
  <string>${profileId}</string>
  <key>PayloadDisplayName</key>
  <string>Sallyport</string>
  <key>PayloadScope</key>
  <string>System</string>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadType</key>
      <string>${domain}</string>
      <key>PayloadVersion</key>
      <integer>1</integer>
      <key>PayloadIdentifier</key>
      <string>${domain}.settings</string>
      <key>PayloadUUID</key>
      <string>${payloadId}</string>
${settings.join("\n")}
    </dict>
  </array>
</dict>
</plist>
`;
}

function valueOf({ example }: SettingEntry): string {
  if (typeof example === "boolean") return example ? "<true/>" : "<false/>";
  if (typeof example === "string") return `<string>${markup(example)}</string>`;
  return `<array>${example.map((item) => `<string>${markup(item)}</string>`).join("")}</array>`;
}
