import { expect, test } from "vitest";
import { readSettings } from "#shared/settings/managed-settings.ts";
import { parseRegistry } from "./registry-text.ts";

// As reg.exe of Windows 10 prints it; a multiple string stands with `\0` between its parts.
const printed = [
  "",
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Sallyport\\Agent",
  "    AlwaysOn    REG_DWORD    0x1",
  "    AllowUserDisconnect    REG_DWORD    0x0",
  "    ManagedByOrganizationName    REG_SZ    Example Corp",
  "    RootPins    REG_MULTI_SZ    0123456789abcdefghijklmnopqrstuvwxyzABCDEFG\\0abcdefghijklmnopqrstuvwxyzABCDEFG0123456789",
  "    Blob    REG_BINARY    00FF",
  "",
  "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Sallyport\\Agent\\Other",
  "    AlwaysOn    REG_DWORD    0x0",
  "",
].join("\r\n");

test("reads words, numbers and lists of the one key that was asked for", () => {
  const { values, problems } = readSettings(parseRegistry(printed));
  expect(values).toEqual({
    AlwaysOn: true,
    AllowUserDisconnect: false,
    ManagedByOrganizationName: "Example Corp",
    RootPins: [
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
      "abcdefghijklmnopqrstuvwxyzABCDEFG0123456789",
    ],
  });
  expect(problems).toEqual([]);
});

test.each(["", "ERROR: The system was unable to find the key.", "    x    REG_SZ"])(
  "reads nothing out of %j",
  (text) => expect(parseRegistry(text)).toEqual({}),
);
