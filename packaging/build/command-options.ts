import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; strict: true }>
>["values"];

/** Reads the options of one of this repository's commands; says how it is used and ends with 2 where they make no sense. */
export function commandOptions<const Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
): Values<Options> {
  try {
    return parseArgs({ options, strict: true }).values;
  } catch {
    return refuseOptions(usage);
  }
}

/** Says how a command is used and ends with 2. */
export function refuseOptions(usage: string): never {
  process.stderr.write(`usage: ${usage}\n`);
  process.exit(2);
}
