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
const jobsId = "6C1B7C0E-5E0C-4C57-9D36-0B0B4B1F6A03";
/** What the labels of our launchd jobs begin with; macOS adds the dot itself. */
const jobs = "dev.sallyport";

/** Returns a profile with an example of every setting, and a rule that keeps our jobs switched on. */
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
    <dict>
      <key>PayloadType</key>
      <string>com.apple.servicemanagement</string>
      <key>PayloadVersion</key>
      <integer>1</integer>
      <key>PayloadIdentifier</key>
      <string>${domain}.jobs</string>
      <key>PayloadUUID</key>
      <string>${jobsId}</string>
      <key>PayloadDisplayName</key>
      <string>Sallyport in the background</string>
      <key>Rules</key>
      <array>
        <dict>
          <key>RuleType</key>
          <string>LabelPrefix</string>
          <key>RuleValue</key>
          <string>${jobs}</string>
          <key>Comment</key>
          <string>Sallyport: service, agent, enrolment and icon</string>
        </dict>
      </array>
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
