/** Shell completion, made of the commands themselves: what is added there is completed here. */
/** Shells that a script can be made for. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;

/** A shell that a script can be made for. */
export type Shell = (typeof shells)[number];

/** What is completed: a program's commands, each with its options and arguments. */
export interface CommandTree {
  readonly name: () => string;
  readonly options: readonly { readonly long?: string | undefined }[];
  readonly commands: readonly CommandTree[];
  readonly registeredArguments: readonly { readonly name: () => string }[];
}

/** Returns the kind of names that an argument takes, or null where nothing live completes it. */
export type KindOf = (argument: string) => string | null;

/** The command that tells a script the names which are known now. */
export const namesCommand = "names";

/** Commands that people do not type. */
const unseen: ReadonlySet<string> = new Set([namesCommand, "collector"]);

/** Returns the script for a shell; only for a live name does it start the program. */
export function completionScript(program: CommandTree, shell: Shell, kindOf: KindOf): string {
  const words = wordsOf(program, "", kindOf);
  switch (shell) {
    case "bash":
      return bashScript(program.name(), words);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(program.name(), words)}`;
    case "fish":
      return fishScript(program.name(), words);
    case "powershell":
      return powershellScript(program.name(), words);
  }
}

/** What may follow a path of commands. */
interface Words {
  /** Commands so far, such as `policy apply`; empty for the program alone. */
  readonly path: string;
  readonly commands: readonly string[];
  readonly options: readonly string[];
  /** What its first argument names, where the names are known. */
  readonly names: string | null;
}

function wordsOf(command: CommandTree, path: string, kindOf: KindOf): readonly Words[] {
  const options = command.options.flatMap(({ long }) => (long === undefined ? [] : [long]));
  const commands = command.commands.filter((child) => !unseen.has(child.name()));
  const names = kindOf(command.registeredArguments[0]?.name() ?? "");
  const children = commands.flatMap((child) =>
    wordsOf(child, path === "" ? child.name() : `${path} ${child.name()}`, kindOf),
  );
  const own = {
    path,
    commands: commands.map((child) => child.name()),
    options: [...new Set([...options, "--help"])],
    names,
  };
  return [own, ...children];
}

function bashScript(program: string, words: readonly Words[]): string {
  const name = `_${program.replaceAll("-", "_")}`;
  const cases = words.map(({ path, commands, options, names }) => {
    const live = names === null ? "" : ` names="${names}"`;
    return `    "${path}") next="${commands.join(" ")}" options="${options.join(" ")}"${live} ;;`;
  });
  return [
    `${name}() {`,
    // Not `path`: that is PATH in zsh, and no program would be found.
    '  local at="" next="" options="" names="" word place',
    "  for ((place = 1; place < COMP_CWORD; place++)); do",
    '    word="${COMP_WORDS[place]}"',
    '    case "$word" in -*) continue ;; esac',
    `    case "\${at:+$at }$word" in`,
    `      ${words.flatMap(({ path }) => (path === "" ? [] : [`"${path}"`])).join(" | ")})`,
    '        at="${at:+$at }$word" ;;',
    "    esac",
    "  done",
    '  case "$at" in',
    ...cases,
    "  esac",
    '  word="${COMP_WORDS[COMP_CWORD]}"',
    // Options are for who begins one: else they would stand between a person and the files.
    '  case "$word" in -*) next="$options" ;; esac',
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
  const at = `__${program.replaceAll("-", "_")}_at`;
  const paths = words.flatMap(({ path }) => (path === "" ? [] : [`'${path}'`])).join(" ");
  const lines = words.flatMap(({ path, commands, options, names }) => {
    const told = `complete -c ${program} -n '${at} "${path}"'`;
    const live = `(${program} ${namesCommand} ${names ?? ""} (commandline -ct) 2>/dev/null)`;
    return [
      ...(commands.length === 0 ? [] : [`${told} -f -a '${commands.join(" ")}'`]),
      ...options.map((option) => `${told} -l ${option.slice(2)}`),
      ...(names === null ? [] : [`${told} -f -a '${live}'`]),
    ];
  });
  return [
    // Whether the commands before the word are these and no others.
    `function ${at}`,
    "  set -l path",
    "  for word in (commandline -opc)[2..-1]",
    "    string match -q -- '-*' $word; and continue",
    `    contains -- (string join ' ' $path $word) ${paths}; and set -a path $word`,
    "  end",
    "  test \"$argv[1]\" = (string join ' ' $path | string collect -a)",
    "end",
    ...lines,
    "",
  ].join("\n");
}

function powershellScript(program: string, words: readonly Words[]): string {
  const list = (all: readonly string[]): string =>
    `@(${all.map((word) => `'${word}'`).join(", ")})`;
  const rows = words.map(({ path, commands, options, names }) => {
    const row = `next = ${list(commands)}; options = ${list(options)}; names = '${names ?? ""}'`;
    return `    '${path}' = @{ ${row} }`;
  });
  return [
    `Register-ArgumentCompleter -Native -CommandName '${program}', '${program}.exe' -ScriptBlock {`,
    "  param($begin, $line, $cursor)",
    "  $table = @{",
    ...rows,
    "  }",
    "  $at = ''",
    "  foreach ($element in @($line.CommandElements | Select-Object -Skip 1)) {",
    "    if ($element.Extent.EndOffset -ge $cursor) { break }",
    '    $path = "$at $element".Trim()',
    "    if ($table.ContainsKey($path)) { $at = $path }",
    "  }",
    "  $known = $table[$at]",
    "  $words = @($known.next)",
    "  if ($begin.StartsWith('-')) { $words = @($known.options) }",
    "  elseif ($known.names -ne '') {",
    `    $words += @(& '${program}' ${namesCommand} $known.names $begin 2>$null)`,
    "  }",
    "  $words | Where-Object { $_.StartsWith($begin) } | ForEach-Object {",
    "    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)",
    "  }",
    "}",
    "",
  ].join("\n");
}
