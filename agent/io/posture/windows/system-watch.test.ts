import { expect, test } from "vitest";
import { eventTopics } from "../../../core/posture/windows/event-topics.ts";
import { eventScript } from "./system-watch.ts";

const script = eventScript();

test("each source is registered by itself, so that one that is missing takes no other along", () => {
  const sources = eventTopics.flatMap(({ sources: list }) => list);
  expect(script.match(/^try\{/gm)).toHaveLength(sources.length);
  expect(script.match(/\}catch\{/g)).toHaveLength(sources.length);
});

test("paths of the registry are doubled for WMI, and nothing else of a path is let through", () => {
  expect(script).toContain("RootPath=''SYSTEM\\\\CurrentControlSet\\\\Services\\\\SharedAccess");
  for (const { topic } of eventTopics) expect(topic).toMatch(/^[a-z]+$/);
});

test("the script waits without polling and prints one topic a line", () => {
  expect(script.split("\n").at(-1)).toBe(
    "while($true){$e=Wait-Event;Remove-Event -EventIdentifier $e.EventIdentifier;" +
      "[Console]::Out.WriteLine('{\"changed\":\"'+$e.MessageData+'\"}')}",
  );
});
