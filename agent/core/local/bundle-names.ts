/** File names that an organisation chose may tell of its customers: a bundle has numbers instead. */

/** Names that our own papers and installers give. */
const ours: readonly string[] = [
  "10-organisation.json",
  "20-enrolment.json",
  "10-installer.json",
  "20-installer-key.json",
];

/** A name may hold spaces: it goes on to what closes a path in our messages, else to the next space. */
const managedFile = /(managed\.d[/\\]+)([^/\n]+?\.json(?=[)"'`,;:\\]|$)|[^/\s]+?\.json)/gu;
const unitFile = /(\.(?:service|socket|path|timer)\.d\/)([^/\n]+?\.conf)/gu;
/** Below their folder, as systemctl lists them. */
const listed = /^(\s*(?:[│|] *)?(?:[├└]─|[|`]-) *)([^/\n]+\.conf)$/u;

type Rename = (kind: "managed" | "drop-in", name: string) => string;

/** Returns a value of plain JSON in which each such name is the same number wherever it stands. */
export function withoutChosenNames(value: unknown): unknown {
  const found = new Set<string>();
  renamed(value, (_kind, name) => {
    found.add(name);
    return name;
  });
  // In their own order, so that the last of them still is the one that wins.
  const inOrder = [...found].sort();
  return renamed(value, (kind, name) => {
    if (ours.includes(name)) return name;
    return `${kind}-${inOrder.indexOf(name) + 1}${kind === "managed" ? ".json" : ".conf"}`;
  });
}

function renamed(value: unknown, rename: Rename): unknown {
  if (typeof value === "string") return renamedIn(value, rename);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  const members = Object.entries(value);
  return Object.fromEntries(members.map(([name, member]) => [name, renamed(member, rename)]));
}

function renamedIn(text: string, rename: Rename): string {
  return text
    .replace(managedFile, (_, before: string, name: string) => before + rename("managed", name))
    .replace(unitFile, (_, before: string, name: string) => before + rename("drop-in", name))
    .replace(listed, (_, before: string, names: string) => {
      const each = names.split(", ").map((name) => rename("drop-in", name));
      return before + each.join(", ");
    });
}
