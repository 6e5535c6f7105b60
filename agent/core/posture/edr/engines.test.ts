import { expect, test } from "vitest";
import { engineOf, enginesReading, readXprotect } from "./engines.ts";

const xprotect = (version: string) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>CFBundleIdentifier</key><string>com.apple.XProtect</string>
<key>CFBundleShortVersionString</key><string>${version}</string>
</dict></plist>`;

test.each([
  ["defender", '{"healthy":true,"engineVersion":"1.1.23060.3000"}', "defender 1.1.23060.3000"],
  ["defender", '{"healthy":true,"engineVersion":"unavailable"}', null],
  ["clamav", "ClamAV 1.4.6/27500/Sat Nov 21 09:26:02 2026\nSTATE: VALID PRIMARY", "clamav 1.4.6"],
  ["clamav", "ClamAV 1.4.6\n", "clamav 1.4.6"],
  ["wazuh", "status='connected'", null],
  ["constructor", "1.2.3", null],
])("%s: %j names %j", (product, status, engine) => {
  expect(engineOf(product, status)).toBe(engine);
});

test.each([
  [xprotect("5357"), "xprotect 5357"],
  [xprotect("newest"), null],
  ["", null],
])("XProtect's version is a number: %#", (plist, engine) => {
  expect(readXprotect(plist)).toBe(engine);
});

test("each engine is named once; none at all is unknown", () => {
  expect(enginesReading(["xprotect 1", null, "defender 2.0", "xprotect 1"])).toEqual({
    kind: "known",
    value: ["defender 2.0", "xprotect 1"],
  });
  expect(enginesReading([null])).toEqual({ kind: "unknown", reason: "no_data" });
});
