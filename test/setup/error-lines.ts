/** An error line of either program's service log fails the test in which it was written. */
import { afterAll, afterEach } from "vitest";
import { errorLinesIn } from "./error-line.ts";

const seen: string[] = [];
const write = process.stderr.write.bind(process.stderr);

process.stderr.write = ((...written: Parameters<typeof write>) => {
  seen.push(...errorLinesIn(String(written[0])));
  return write(...written);
}) as typeof write;

function refuseErrorLines(): void {
  const lines = seen.splice(0);
  if (lines.length > 0) throw new Error(`the service log holds errors:\n${lines.join("\n")}`);
}

afterEach(refuseErrorLines);
afterAll(refuseErrorLines);
