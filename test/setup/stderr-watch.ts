/** Catches what the service logs of this worker write, once for all test files that it runs. */
import { errorLinesIn } from "./error-line.ts";

const seen: string[] = [];
const write = process.stderr.write.bind(process.stderr);

process.stderr.write = ((...written: Parameters<typeof write>) => {
  seen.push(...errorLinesIn(String(written[0])));
  return write(...written);
}) as typeof write;

/** The error lines since the last call. */
export function takeErrorLines(): string[] {
  return seen.splice(0);
}
