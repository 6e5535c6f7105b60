/** Finds accounts that can become administrator, from the files of passwd(5), group(5) and sudoers(5). */
import { readSudoers } from "./sudoers.ts";

/** Groups whose members most distributions let become administrator. */
const usualGroups = ["sudo", "wheel", "admin"];

/** Texts of the files; sudoers is null where we may not read it. */
export interface UserFiles {
  readonly passwd: string;
  readonly group: string;
  readonly sudoers: string | null;
}

/** Returns the names, sorted, without root itself; null when there is no account or no group at all. */
export function adminsOf(files: UserFiles): readonly string[] | null {
  const accounts = files.passwd.split("\n").flatMap((line) => {
    const [name, , uid, gid, , , shell] = line.split(":");
    return name && uid && gid && /^\d+$/.test(uid) ? [{ name, uid, gid, shell: shell ?? "" }] : [];
  });
  if (accounts.length === 0 || !/^[^:\n]+:[^:\n]*:\d+:/m.test(files.group)) return null;
  const rights = readSudoers(files.sudoers);
  const groups = new Set([...usualGroups, ...rights.groups]);
  const admins = new Set(rights.users);
  const letIn = ({ uid, shell }: { uid: string; shell: string }) =>
    uid === "0" ||
    rights.users.includes(`#${uid}`) ||
    (rights.everybody && !/(nologin|false|sync)$/.test(shell));
  for (const line of files.group.split("\n")) {
    const [name, , gid, members] = line.split(":");
    if (name === undefined || !(groups.has(name) || groups.has(`#${gid}`))) continue;
    for (const member of (members ?? "").split(",")) if (member !== "") admins.add(member);
    for (const account of accounts) if (account.gid === gid) admins.add(account.name);
  }
  for (const account of accounts) if (letIn(account)) admins.add(account.name);
  admins.delete("root");
  const names = new Set(accounts.map((account) => account.name));
  return [...admins].filter((name) => names.has(name)).sort();
}

/** Tells whether sudoers lets in somebody whom no file here names, nor the directory when it is asked. */
export function letsInOthers(sudoers: string | null, directory: boolean): boolean {
  const { others, everybody } = readSudoers(sudoers);
  return others || (everybody && directory);
}

/** Groups that make administrator, by habit and by sudoers. */
export function adminGroupsOf(sudoers: string | null): readonly string[] {
  const named = readSudoers(sudoers).groups.map((group) => group.replace("#", ""));
  return [...new Set([...usualGroups, ...named])];
}

/** Which databases of nsswitch.conf(5) ask beyond this machine. */
export interface Directories {
  /** Those of accounts or groups. */
  readonly accounts: boolean;
  readonly sudoers: boolean;
}

/** Reads nsswitch.conf: SSSD, LDAP, Winbind and NIS know of accounts that no file here names. */
export function directoriesOf(nsswitch: string): Directories {
  const asks = (database: string) => {
    const services = new RegExp(`^\\s*${database}:(.*)$`, "m").exec(nsswitch)?.[1] ?? "";
    return /\b(sss|ldap|winbind|nis|nisplus)\b/.test(services.replace(/#.*$/, ""));
  };
  return { accounts: asks("group") || asks("passwd"), sudoers: asks("sudoers") };
}

/** Returns members of groups in group(5)'s form, and whom sudoers names, that have no account here. */
export function strangersOf(groups: string, files: UserFiles): readonly string[] {
  const accounts = new Set(files.passwd.split("\n").map((line) => line.split(":")[0]));
  const members = groups.split("\n").flatMap((line) => (line.split(":")[3] ?? "").split(","));
  const named = readSudoers(files.sudoers).users.map((name) => name.replace(/^#/, ""));
  const plain = /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]*\$?$/;
  const names = [...new Set([...members, ...named])];
  return names.filter((name) => plain.test(name) && !accounts.has(name));
}

/** Tells whether a directory knows each account by the name or number that it was asked for. */
export function knowsByName(accounts: string, asked: readonly string[]): boolean {
  return accounts.split("\n").every((line) => {
    const [name = "", , uid = ""] = line.split(":");
    return line === "" || asked.includes(name) || asked.includes(uid);
  });
}
