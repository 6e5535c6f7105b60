import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { readSettings } from "#shared/settings/managed-settings.ts";
import { settingCatalogue, settingKeys } from "#shared/settings/setting-catalogue.ts";
import { parsePlist } from "../../agent/core/posture/darwin/plist.ts";
import { configurationProfile } from "./configuration-profile.ts";
import { languages, policyDefinitions, policyResources } from "./group-policy.ts";
import { linuxSettings } from "./linux-settings.ts";

/** Returns the names of elements that are not closed, or closed without having been opened. */
function unbalanced(xml: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, name = "", , alone] of xml.matchAll(
    /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z:]+="[^"<]*")*)\s*(\/?)>/g,
  )) {
    if (alone === "/") continue;
    if (end !== "/") open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, one]) => one);

test("the agent takes every example of the Linux file and of the profile", () => {
  const profile = parsePlist(configurationProfile()) as {
    readonly PayloadContent: readonly Readonly<Record<string, unknown>>[];
  };
  const own = Object.entries(profile.PayloadContent[0] ?? {}).filter(
    ([key]) => !key.startsWith("Payload"),
  );
  for (const raw of [JSON.parse(linuxSettings()) as unknown, Object.fromEntries(own)]) {
    const { values, problems } = readSettings(raw);
    expect(problems).toEqual([]);
    expect(Object.keys(values)).toEqual(settingKeys);
  }
});

test("the profile keeps every job of the package switched on, in System Settings too", () => {
  const { PayloadContent: payloads } = parsePlist(configurationProfile()) as {
    readonly PayloadContent: readonly Readonly<Record<string, unknown>>[];
  };
  for (const name of ["PayloadIdentifier", "PayloadUUID"]) {
    expect(new Set(payloads.map((payload) => payload[name])).size).toBe(payloads.length);
  }
  const managed = payloads.find((one) => one["PayloadType"] === "com.apple.servicemanagement");
  const rules = managed?.["Rules"] as readonly Readonly<Record<string, string>>[] | undefined;
  const prefixes = rules?.map((rule) => {
    expect(Object.keys(rule)).toEqual(["RuleType", "RuleValue", "Comment"]);
    expect(rule["RuleType"]).toBe("LabelPrefix");
    return rule["RuleValue"] ?? "";
  });
  const labels = readdirSync("packaging/darwin/launchd").map((file) => file.replace(".plist", ""));
  expect(labels).toContain("dev.sallyport.agent");
  // A dot at the end of a prefix is not one of Apple's: it matches nothing.
  for (const label of labels) {
    expect(prefixes?.some((prefix) => label.startsWith(`${prefix}.`))).toBe(true);
  }
});

const everyLanguage = Object.entries(languages);

test.each(everyLanguage)(
  "the template has a policy for every setting, and a word in %s for everything it names",
  (_, language) => {
    const definitions = policyDefinitions();
    const words = policyResources(language);
    expect(unbalanced(definitions)).toEqual([]);
    expect(unbalanced(words)).toEqual([]);
    expect(unbalanced("<a><b></a>")).not.toEqual([]);
    expect(all(definitions, /<policy name="(\w+)"/g)).toEqual(settingKeys);
    const values = new Set(all(definitions, /valueName="(\w+)"/g));
    expect([...values].sort()).toEqual([...settingKeys].sort());
    expect(all(definitions, /\$\(string\.(\w+)\)/g).sort()).toEqual(
      all(words, /<string id="(\w+)"/g).sort(),
    );
    expect(all(definitions, /\$\(presentation\.(\w+)\)/g)).toEqual(
      all(words, /<presentation id="(\w+)"/g),
    );
    expect(all(words, /refId="(\w+)"/g)).toEqual(
      settingKeys.filter((key) => settingCatalogue[key].type !== "boolean"),
    );
  },
);

test("the template takes no text that the agent would refuse for its length", () => {
  const texts = [
    ...policyDefinitions().matchAll(/<(?:text|multiText) id="(\w+)".* (maxLength=.*) \/>/g),
  ].map(([, key, bounds]) => [key, bounds]);
  expect(Object.fromEntries(texts)).toEqual({
    ControllerURL: 'maxLength="200"',
    EnrollmentKey: 'maxLength="512"',
    RootPins: 'maxLength="43" maxStrings="4"',
    ReconnectAfter: 'maxLength="5"',
    ProxyURL: 'maxLength="512"',
    UpdateURL: 'maxLength="200"',
    UpdateChannel: 'maxLength="32"',
    SupportURL: 'maxLength="512"',
    ManagedByOrganizationName: 'maxLength="128"',
  });
});

test.each([[""], [7], [["a", "b", "c", "d", "e"]]])(
  "what %j lacks as a value is said in words for people",
  (value) => {
    for (const key of settingKeys) {
      for (const { why } of readSettings({ [key]: value }).problems) {
        expect(why).not.toMatch(/^(Invalid|Too|expected)/);
      }
    }
  },
);

test("words of other forms are understood alike, and one bad value takes no other with it", () => {
  const { values, problems } = readSettings({
    AlwaysOn: "yes",
    AllowUserDisconnect: 0,
    ReconnectAfter: "8h",
    LogLevel: "loud",
    RootPins: "one",
    Unknown: true,
  });
  expect(values).toEqual({ AlwaysOn: true, AllowUserDisconnect: false, ReconnectAfter: 480 });
  expect(problems.map(({ key }) => key)).toEqual(["LogLevel", "RootPins", "Unknown"]);
  expect(readSettings([true]).problems).toHaveLength(1);
});
