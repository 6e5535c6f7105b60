/** The administrative template (ADMX, ADML) for Windows group policy and Intune. */
import { z } from "zod";
import {
  settingCatalogue,
  type SettingEntry,
  type SettingKey,
  settingKeys,
  settingSchemas,
} from "#shared/settings/setting-catalogue.ts";
import { germanSettings, type SettingWords } from "./german-settings.ts";
import { markup } from "./markup.ts";

const registryKey = "SOFTWARE\\Policies\\Sallyport\\Agent";
const schema = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";

/** Returns the definitions: which registry value each policy writes. */
export function policyDefinitions(): string {
  const policies = settingKeys.map((key) => policyOf(key, settingCatalogue[key]));
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions xmlns="${schema}" revision="1.0" schemaVersion="1.0">
  <policyNamespaces>
    <target prefix="sallyport" namespace="Sallyport.Policies.Agent" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" />
  <supportedOn>
    <definitions>
      <definition name="AnyVersion" displayName="$(string.AnyVersion)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="Sallyport" displayName="$(string.Sallyport)" />
  </categories>
  <policies>
${policies.join("\n")}
  </policies>
</policyDefinitions>
`;
}

interface Language {
  readonly words: Readonly<Record<SettingKey, SettingWords>>;
  readonly description: string;
  readonly anyVersion: string;
}

/** Every language of the template, by the name of its folder. */
export const languages = {
  "en-US": {
    words: settingCatalogue,
    description: "Settings of the Sallyport agent",
    anyVersion: "Every version",
  },
  "de-DE": {
    words: germanSettings,
    description: "Einstellungen des Sallyport-Agenten",
    anyVersion: "Jede Version",
  },
} as const satisfies Readonly<Record<string, Language>>;

/** Returns the words of the definitions in a language. */
export function policyResources({ words, description, anyVersion }: Language): string {
  const strings = settingKeys.flatMap((key) => {
    const { choices = [] } = settingCatalogue[key];
    const { title, explain } = words[key];
    return [
      text(key, title),
      text(`${key}_Help`, explain),
      ...choices.map((choice) => text(`${key}_${choice}`, choice)),
    ];
  });
  const presentations = settingKeys
    .filter((key) => settingCatalogue[key].type !== "boolean")
    .map((key) => presentationOf(key, settingCatalogue[key].type, words[key].title));
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources xmlns="${schema}" revision="1.0" schemaVersion="1.0">
  <displayName>Sallyport</displayName>
  <description>${description}</description>
  <resources>
    <stringTable>
${[text("Sallyport", "Sallyport"), text("AnyVersion", anyVersion), ...strings].join("\n")}
    </stringTable>
    <presentationTable>
${presentations.join("\n")}
    </presentationTable>
  </resources>
</policyDefinitionResources>
`;
}

function policyOf(key: SettingKey, { type, choices = [] }: SettingEntry): string {
  const shown =
    type === "boolean" ? ` valueName="${key}"` : ` presentation="$(presentation.${key})"`;
  const head =
    `    <policy name="${key}" class="Machine" displayName="$(string.${key})"` +
    ` explainText="$(string.${key}_Help)" key="${registryKey}"${shown}>
      <parentCategory ref="Sallyport" />
      <supportedOn ref="AnyVersion" />`;
  return `${head}\n${bodyOf(key, type, choices)}\n    </policy>`;
}

function bodyOf(key: SettingKey, type: SettingEntry["type"], choices: readonly string[]): string {
  if (type === "boolean") {
    return `      <enabledValue><decimal value="1" /></enabledValue>
      <disabledValue><decimal value="0" /></disabledValue>`;
  }
  return `      <elements>\n        ${elementOf(key, type, choices)}\n      </elements>`;
}

/** What the agent takes; the editor of policies then refuses what the agent would. */
function boundsOf(key: SettingKey): string {
  const { maxLength, maxItems, items } = z.toJSONSchema(settingSchemas[key], { io: "input" });
  if (maxLength !== undefined) return `maxLength="${maxLength}"`;
  const { maxLength: each } = items as z.core.JSONSchema.BaseSchema;
  return `maxLength="${each}" maxStrings="${maxItems}"`;
}

function elementOf(
  key: SettingKey,
  type: SettingEntry["type"],
  choices: readonly string[],
): string {
  const named = `id="${key}" valueName="${key}" required="true"`;
  if (type === "list") return `<multiText ${named} ${boundsOf(key)} />`;
  if (type !== "choice") return `<text ${named} ${boundsOf(key)} />`;
  const items = choices.map(
    (choice) =>
      `          <item displayName="$(string.${key}_${choice})">` +
      `<value><string>${choice}</string></value></item>`,
  );
  return `<enum ${named}>\n${items.join("\n")}\n        </enum>`;
}

function presentationOf(key: string, type: SettingEntry["type"], title: string): string {
  const label = markup(title);
  const field =
    type === "choice"
      ? `<dropdownList refId="${key}">${label}</dropdownList>`
      : type === "list"
        ? `<multiTextBox refId="${key}">${label}</multiTextBox>`
        : `<textBox refId="${key}"><label>${label}</label></textBox>`;
  return `      <presentation id="${key}">${field}</presentation>`;
}

function text(id: string, value: string): string {
  return `      <string id="${id}">${markup(value)}</string>`;
}
