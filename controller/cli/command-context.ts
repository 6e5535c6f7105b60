/** What every command works with. */
import type { Command } from "commander";
import { makeTypedApi, type TypedApi } from "./api-client.ts";
import { apiAccessOf, type Environment } from "./environment.ts";
import { type Answer, type Streams, writeAnswer } from "./output.ts";

/** The world of one run of the program. */
export interface CommandContext {
  readonly environment: Environment;
  readonly streams: Streams;
  nowAt(): number;
  /** Set by the program before a command runs. */
  json: boolean;
  /** Set by the command's answer. */
  exit: number;
}

/** Returns the admin API of the environment. */
export function apiOf(context: CommandContext): TypedApi {
  return makeTypedApi(apiAccessOf(context.environment));
}

/** Adds a command whose action answers; `--json` is understood everywhere. */
export function answering(
  context: CommandContext,
  command: Command,
  run: (...args: never[]) => Promise<Answer>,
): Command {
  return command.action(async (...args: unknown[]) => {
    // Commander gives arguments, options and the command, in the order that `run` declares them.
    const answer = await run(...(args as never[]));
    context.exit = answer.exit ?? 0;
    writeAnswer(context.streams, answer, context.json);
  });
}
