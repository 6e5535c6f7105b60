import fc from "fast-check";
import { expect, test } from "vitest";
import { entryOf } from "#shared/posture/catalogue.ts";
import { eventTopics, lostTopicOf, signalsOfLine } from "./event-topics.ts";

test("a line names a topic, and nothing else tells of any signal", () => {
  expect(signalsOfLine('{"changed":"firewall"}')).toEqual(["firewall.enabled"]);
  const silent = ['{"changed":"weather"}', '{"lost":"firewall"}', "firewall", "", "[]", "null"];
  for (const line of silent) expect(signalsOfLine(line)).toEqual([]);
});

test("a source that is not there is named by its topic, once it is one of ours", () => {
  expect(lostTopicOf('{"lost":"disk"}')).toBe("disk");
  for (const line of ['{"lost":"weather"}', '{"changed":"disk"}', "disk", "", "null"]) {
    expect(lostTopicOf(line)).toBeNull();
  }
});

test("whatever a line holds, reading it never throws and names known signals alone", () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom(...eventTopics.map(({ topic }) => `{"changed":"${topic}"}`)),
  );
  fc.assert(
    fc.property(line, (text) =>
      signalsOfLine(text).every((signal) => entryOf(signal)?.os.includes("windows")),
    ),
  );
});
