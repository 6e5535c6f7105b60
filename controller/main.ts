#!/usr/bin/env node
/** Entry of `sallyport-controller`: gives the command line its world and sets the exit code. */
import { runProgram } from "./cli/program.ts";

// Whatever is made below is for its owner alone.
process.umask(0o077);

// A reader that has seen enough (`| head`) is no bug of ours: end as SIGPIPE would have ended us.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(141);
    if (stream !== process.stderr) {
      process.stderr.write(`The answer could not be written: ${error.message}\n`);
    }
    process.exit(70);
  });
}

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  streams: {
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(text),
    terminal: process.stderr.isTTY && process.env["TERM"] !== "dumb",
  },
  nowAt: () => Date.now(),
});
