import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { makeLog } from "../../controller/io/log/log.ts";
import { errorLinesIn } from "./error-line.ts";

test("error lines are told from other levels, other text and broken lines", () => {
  const bad = JSON.stringify({ level: "error", message: "transition failed" });
  const text = [JSON.stringify({ level: "warn", message: "error" }), bad, "{error", "error"];
  expect(errorLinesIn(text.join("\n"))).toEqual([bad]);
});

test("the service log's own error lines are told", () => {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const log = makeLog({ level: "warn", clock: { nowAt: () => 0, monotonicMs: () => 0 }, stream });
  log.warn("link refused");
  log.error("transition failed");
  expect(errorLinesIn(written.join(""))).toHaveLength(1);
});
