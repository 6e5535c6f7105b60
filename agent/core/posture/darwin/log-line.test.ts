import fc from "fast-check";
import { expect, test } from "vitest";
import { isEntryOf } from "./log-line.ts";

const alf = "com.apple.alf";
const entry = {
  traceID: 1234,
  eventMessage: "state changed",
  eventType: "logEvent",
  subsystem: alf,
  category: "main",
  processImagePath: "/usr/libexec/ApplicationFirewall/socketfilterfw",
  timestamp: "2026-11-22 13:00:00.000000+0000",
};

test("an entry of the firewall counts; the head line and other subsystems do not", () => {
  expect(isEntryOf(alf, JSON.stringify(entry))).toBe(true);
  const head = 'Filtering the log data using "subsystem == "com.apple.alf""';
  expect(isEntryOf(alf, head)).toBe(false);
  expect(isEntryOf(alf, JSON.stringify({ ...entry, subsystem: "com.apple.wifi" }))).toBe(false);
});

test("whatever a line holds, reading it never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (line) => !isEntryOf("com.apple.alf.none", line)),
  );
});
