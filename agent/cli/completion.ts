/** `sallyport completion`: a script for a shell; and `names`, which the script asks. */
import {
  type CommandTree,
  completionScript,
  type Shell,
} from "#shared/command-line/completion-script.ts";
import { placesOf } from "../io/places.ts";
import { askAgent } from "./agent-client.ts";
import { print } from "./output.ts";
import { readStatus } from "./status.ts";

/** What a shell takes as one word as it stands: a name from elsewhere is never a command. */
const plainWord = /^[\w.@:+][\w.@:+-]*$/;

/** Prints the script. */
export function completion(program: CommandTree, shell: Shell): number {
  print(
    completionScript(program, shell, (argument) => (argument === "resource" ? argument : null)),
  );
  return 0;
}

/** Prints the resources whose names begin so; nobody waits for a shell, so nothing is said without an agent. */
export async function names(begin: string): Promise<number> {
  const answer = await askAgent(placesOf(process.env), "status").catch(() => null);
  if (answer === null) return 3;
  for (const { name } of readStatus(answer).resources) {
    if (name.startsWith(begin) && plainWord.test(name)) print(name);
  }
  return 0;
}
