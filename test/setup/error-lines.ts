/** An error line of either program's service log fails the test in which it was written. */
import { afterAll, afterEach } from "vitest";
import { takeErrorLines } from "./stderr-watch.ts";

function refuseErrorLines(): void {
  const lines = takeErrorLines();
  if (lines.length > 0) throw new Error(`the service log holds errors:\n${lines.join("\n")}`);
}

afterEach(refuseErrorLines);
afterAll(refuseErrorLines);
