/** Shell completion, made of the commands themselves: what is added there is completed here. */
import type { Command } from "commander";
import { type LiveKind, liveKindOf } from "./live-names.ts";

/** Shells that a script can be made for. */
export const shells = ["bash", "zsh", "fish"] as const;

/** A shell that a script can be made for. */
export type Shell = (typeof shells)[number];

/** The command that tells a script the names which the controller knows. */
export const namesCommand = "names";

/** Returns the script for a shell; only for a name that the controller knows does it start the program. */
export function completionScript(program: Command, shell: Shell): string {
  const words = wordsOf(program, "");
  switch (shell) {
    case "bash":
      return bashScript(program.name(), words);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(program.name(), words)}`;
    case "fish":
      return fishScript(program.name(), words);
  }
}

/** What may follow a path of commands. */
interface Words {
  /** Commands so far, such as `policy apply`; empty for the program alone. */
  readonly path: string;
  readonly next: readonly string[];
  /** What its first argument names, where the controller knows the names. */
  readonly names: LiveKind | null;
}

function wordsOf(command: Command, path: string): readonly Words[] {
  const options = command.options.flatMap(({ long }) => (long === undefined ? [] : [long]));
  const commands = command.commands.filter((child) => child.name() !== namesCommand);
  const next = [...commands.map((child) => child.name()), ...options, "--help"];
  const names = liveKindOf(command.registeredArguments[0]?.name() ?? "");
  const children = commands.flatMap((child) =>
    wordsOf(child, path === "" ? child.name() : `${path} ${child.name()}`),
  );
  return [{ path, next: [...new Set(next)], names }, ...children];
}

function bashScript(program: string, words: readonly Words[]): string {
  const name = `_${program.replaceAll("-", "_")}`;
  const cases = words.map(({ path, next, names }) => {
    const live = names === null ? "" : ` names="${names}"`;
    return `    "${path}") next="${next.join(" ")}"${live} ;;`;
  });
  return [
    `${name}() {`,
    '  local path="" next="" names="" word place',
    "  for ((place = 1; place < COMP_CWORD; place++)); do",
    '    word="${COMP_WORDS[place]}"',
    '    case "$word" in -*) continue ;; esac',
    `    case "\${path:+$path }$word" in`,
    `      ${words.flatMap(({ path }) => (path === "" ? [] : [`"${path}"`])).join(" | ")})`,
    '        path="${path:+$path }$word" ;;',
    "    esac",
    "  done",
    '  case "$path" in',
    ...cases,
    "  esac",
    '  word="${COMP_WORDS[COMP_CWORD]}"',
    '  COMPREPLY=($(compgen -W "$next" -- "$word"))',
    '  case "$names$word" in "$word" | "$names"-*) return ;; esac',
    // Never by `compgen -W`: that would run what a name says.
    "  while IFS= read -r place; do",
    '    case "$place" in "$word"*) COMPREPLY+=("$place") ;; esac',
    `  done < <("\${COMP_WORDS[0]}" ${namesCommand} "$names" "$word" 2>/dev/null)`,
    "}",
    `complete -o default -F ${name} ${program}`,
    "",
  ].join("\n");
}

function fishScript(program: string, words: readonly Words[]): string {
  const lines = words.flatMap(({ path, next, names }) => {
    const seen = path.split(" ").filter((word) => word !== "");
    const condition =
      seen.length === 0
        ? "__fish_use_subcommand"
        : seen.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const given = next.filter((word) => !word.startsWith("--")).join(" ");
    const options = next.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
    return [
      ...(given === "" ? [] : [`complete -c ${program} -f -n '${condition}' -a '${given}'`]),
      ...options.map((option) => `complete -c ${program} -n '${condition}' -l ${option}`),
      ...(names === null
        ? []
        : [
            `complete -c ${program} -f -n '${condition}' -a '(${program} ${namesCommand} ${names} (commandline -ct) 2>/dev/null)'`,
          ]),
    ];
  });
  return `${lines.join("\n")}\n`;
}
