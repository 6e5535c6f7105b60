// First process of the container for programs that are not the lab itself (the e2e tests): makes the
// container ready, runs one command, ends with its exit code.
import { spawn } from "node:child_process";
import { insideContainer, onStopRequest, prepareContainer } from "./container.ts";

const usage = 2;
const [file, ...args] = process.argv.slice(2);
if (file === undefined || !insideContainer()) {
  process.stderr.write("inside.ts runs only as the first process of the lab's container\n");
  process.exit(usage);
}
prepareContainer();
const child = spawn(file, args, { stdio: "inherit" });
onStopRequest(() => process.exit(130));
child.on("exit", (code) => process.exit(code ?? 1));
