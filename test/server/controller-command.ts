import { runProgram } from "../../controller/cli/program.ts";
import type { ControllerUnderTest } from "./controller-under-test.ts";

/** How a command ended: its exit code, what it gave, and what it said beside. */
export interface CommandEnd {
  readonly exit: number;
  readonly out: string;
  readonly talk: string;
}

/** Runs `sallyport-controller` with the words, as the administrator of that controller's host. */
export async function runCommand(
  controller: Pick<ControllerUnderTest, "places" | "apiUrl">,
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandEnd> {
  let [out, talk] = ["", ""];
  const exit = await runProgram(argv, {
    environment: {
      SALLYPORT_STATE_DIR: controller.places.directory,
      SALLYPORT_CONTROLLER: controller.apiUrl,
      ...environment,
    },
    streams: { out: (text) => void (out += text), talk: (text) => void (talk += text) },
    nowAt: () => Date.now(),
  });
  return { exit, out, talk };
}
