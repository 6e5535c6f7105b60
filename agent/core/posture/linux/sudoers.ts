/** Reads who may run everything from the text of sudoers(5) and its parts. */

/** Who is named: users (`ana`, `#1000`), groups (`ops`, `#1000`), or every account. */
export interface Sudoers {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly everybody: boolean;
}

/** Names go to other programs, so nothing that could be an option is one. */
const groupName = /^%([A-Za-z_][\w.-]*|#\d+)$/;

/** An alias that names itself, by way of others, ends here. */
const aliasDepthMax = 8;

/** Returns whom `USERS HOSTS = (…) [TAGS:] …, ALL` names; USERS may be a list, an alias, ids or `ALL`. */
export function readSudoers(text: string | null): Sudoers {
  // `#1000` is an account; any other `#` begins a comment.
  const lines = (text ?? "")
    .replaceAll("\\\n", " ")
    .split("\n")
    .map((line) => line.replace(/#(?!\d).*$/, "").trim());
  const aliases = readAliases(lines);
  const named = lines.flatMap((line) =>
    usersOf(line).flatMap((user) => expand(user, aliases, aliasDepthMax)),
  );
  return {
    users: named.filter((name) => !name.startsWith("%") && name !== "ALL"),
    groups: named.flatMap((name) => groupName.exec(name)?.[1] ?? []),
    everybody: named.includes("ALL"),
  };
}

function readAliases(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const definitions = lines.flatMap(
    (line) => /^User_Alias\s(.*)$/.exec(line)?.[1]?.split(":") ?? [],
  );
  return new Map(
    definitions.map((definition) => {
      const [name, members] = definition.split("=");
      return [(name ?? "").trim(), listOf(members ?? "")] as const;
    }),
  );
}

function usersOf(line: string): readonly string[] {
  if (/^(?:Defaults|@|\w+_Alias\b)/.test(line)) return [];
  const at = line.indexOf("=");
  const users = /^(?:[^\s,]+\s*,\s*)*[^\s,]+(?=\s)/.exec(line.slice(0, Math.max(at, 0)))?.[0] ?? "";
  const commands = line.slice(at + 1).replace(/\([^)]*\)/g, "");
  return /(?:^|[\s,:])ALL\s*(?:[,:]|$)/.test(commands) ? listOf(users) : [];
}

function expand(
  user: string,
  aliases: ReadonlyMap<string, readonly string[]>,
  depth: number,
): readonly string[] {
  const members = aliases.get(user);
  if (members === undefined || depth === 0) return [user];
  return members.flatMap((member) => expand(member, aliases, depth - 1));
}

function listOf(text: string): readonly string[] {
  return text
    .split(",")
    .map((name) => name.trim().replaceAll('"', ""))
    .filter((name) => name !== "" && !name.startsWith("!"));
}
