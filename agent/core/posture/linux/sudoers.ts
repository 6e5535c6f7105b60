/** Reads who may run everything from the text of sudoers(5) and its parts. */

/** Who is named: users (`ana`, `#1000`), groups (`ops`, `#1000`), or every account. */
export interface Sudoers {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly everybody: boolean;
  /** Somebody is named in a way that no file here resolves: a netgroup, a plugin's group. */
  readonly others: boolean;
}

/** Names go to other programs, so nothing that could be an option is one. */
const groupName = /^%([^-:+#%][^:]*|#\d+)$/;

/** An alias that names itself, by way of others, ends here. */
const aliasDepthMax = 8;

/** Names with the texts of their definitions. */
type Aliases = ReadonlyMap<string, string>;

/** Returns whom `USERS HOSTS = (…) [TAGS:] …, ALL` names; USERS may be a list, an alias, ids or `ALL`. */
export function readSudoers(text: string | null): Sudoers {
  const lines = linesOf(text ?? "").map((line) => line.replace(/#(?!\d).*$/, "").trim());
  const users = readAliases(lines, "User_Alias");
  const commands = readAliases(lines, "Cmnd_Alias");
  const named = lines.flatMap((line) =>
    usersOf(line, commands).flatMap((user) => expand(user, users, aliasDepthMax)),
  );
  const groups = named.filter((name) => name.startsWith("%"));
  return {
    users: named.filter((name) => !/^[%+]/.test(name) && name !== "ALL"),
    groups: groups.flatMap((name) => groupName.exec(name)?.[1] ?? []),
    everybody: named.includes("ALL"),
    others:
      named.some((name) => name.startsWith("+")) || groups.some((name) => !groupName.test(name)),
  };
}

/** A file, or a folder of files, that sudoers reads as its own. */
export interface Inclusion {
  readonly path: string;
  readonly folder: boolean;
}

/** Returns what `@include` and `@includedir` name; `#` is their older sign. */
export function inclusionsOf(text: string): readonly Inclusion[] {
  return linesOf(text).flatMap((line) => {
    const [, folder, path] = /^\s*[@#]include(dir)?\s+(.+?)\s*$/.exec(line) ?? [];
    return path === undefined ? [] : [{ path: unquoted(path), folder: folder !== undefined }];
  });
}

function linesOf(text: string): readonly string[] {
  return text.replaceAll("\\\n", " ").split("\n");
}

function readAliases(lines: readonly string[], kind: string): Aliases {
  const start = new RegExp(`^${kind}\\s(.*)$`);
  const aliases = new Map<string, string>();
  for (const line of lines) {
    for (const definition of start.exec(line)?.[1]?.split(":") ?? []) {
      const [, name, members] = /^\s*([A-Z]\w*)\s*\+?=(.*)$/.exec(definition) ?? [];
      if (name === undefined || members === undefined) continue;
      aliases.set(name, `${aliases.get(name) ?? ""},${members}`);
    }
  }
  return aliases;
}

/** A name may hold spaces, in quotes or behind a backslash. */
const user = String.raw`(?:"[^"]*"|\\.|[^\s,"\\])+`;
const userList = new RegExp(String.raw`^(?:${user}\s*,\s*)*${user}(?=\s)`);

function usersOf(line: string, aliases: Aliases): readonly string[] {
  if (/^(?:Defaults|@|\w+_Alias\b)/.test(line)) return [];
  const at = line.indexOf("=");
  const users = userList.exec(line.slice(0, Math.max(at, 0)))?.[0] ?? "";
  return holdsAll(line.slice(at + 1), aliases, aliasDepthMax) ? listOf(users) : [];
}

function holdsAll(commands: string, aliases: Aliases, depth: number): boolean {
  const text = commands.replace(/\([^)]*\)/g, "");
  // A pattern may match everything.
  if (/(?:^|[,:])\s*\^/.test(text)) return true;
  return text.split(/[\s,:]+/).some((word) => {
    const inner = aliases.get(word);
    return (
      word === "ALL" || (inner !== undefined && depth > 0 && holdsAll(inner, aliases, depth - 1))
    );
  });
}

function expand(name: string, aliases: Aliases, depth: number): readonly string[] {
  const members = aliases.get(name);
  if (members === undefined || depth === 0) return [name];
  return listOf(members).flatMap((member) => expand(member, aliases, depth - 1));
}

function listOf(text: string): readonly string[] {
  const names = text.match(new RegExp(user, "g")) ?? [];
  return names.filter((name) => !name.startsWith("!")).map(unquoted);
}

function unquoted(text: string): string {
  return text.replaceAll('"', "").replace(/\\(.)/g, "$1");
}
