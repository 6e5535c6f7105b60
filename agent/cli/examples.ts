/** What people do with each command, before the list of all its options. */
import type { Host } from "../core/identity.ts";

/** Lines that work as they stand, by command; the empty one is the program alone. */
const examples: Readonly<Record<string, readonly string[]>> = {
  "": [
    "sallyport status                  what is open, what is blocked and why",
    "sallyport explain db-prod         why one resource is blocked, and the fix",
    "sallyport status --open           all of it as a page in your browser",
    "sallyport login                   sign in, over SSH too",
    "sallyport doctor                  what is wrong, and the line that mends it",
  ],
  enroll: [
    "sudo sallyport enroll --key-file key.txt",
    "sudo sallyport enroll --key-file - <key.txt",
  ],
  unenroll: ["sudo sallyport unenroll"],
  status: [
    "sallyport status",
    "sallyport status --open",
    "sallyport status --wait connected --timeout 60s",
    "sallyport status --json",
  ],
  posture: [
    "sallyport posture",
    "sallyport posture --all --json",
    "sallyport posture --evidence firewall.enabled",
  ],
  explain: ["sallyport explain db-prod"],
  request: ['sallyport request db-prod --reason "case 7" --for 2h'],
  recheck: ["sallyport recheck"],
  doctor: [
    "sallyport doctor",
    "sallyport doctor --deployment",
    "sudo sallyport doctor --bundle report.json",
  ],
  settings: ["sallyport settings"],
  login: ["sallyport login", "sallyport login --strength mfa --max-age 15m"],
  logout: ["sallyport logout"],
  portal: ["sallyport portal"],
  up: ["sallyport up"],
  down: ['sallyport down --reason "printer in the hotel"'],
  gateway: ["sudo sallyport gateway break-glass order.jws"],
  "break-glass": ["sudo sallyport gateway break-glass order.jws"],
  update: ["sudo sallyport update --check", "sudo sallyport update"],
  tray: ["sallyport tray"],
  daemon: ["sallyport daemon --role device"],
  version: ["sallyport version", "sallyport version --json"],
  completion: [
    "source <(sallyport completion bash)",
    "sallyport completion fish >~/.config/fish/completions/sallyport.fish",
    "sallyport completion powershell | Out-String | Invoke-Expression",
  ],
};

const rights = "sudo ";

/** Returns the lines that the help of a command begins with on this system; empty where it has none. */
export function examplesOf(command: string, os: Host["os"]): string {
  const lines = command === "update" && os !== "linux" ? [] : (examples[command] ?? []);
  if (os !== "windows") return listed("Examples", lines);
  const raised = lines.filter((line) => line.startsWith(rights));
  return [
    listed(
      "Examples",
      lines.filter((line) => !line.startsWith(rights)),
    ),
    listed(
      'Examples, in a prompt opened with "Run as administrator"',
      raised.map((line) => line.slice(rights.length)),
    ),
  ].join("");
}

function listed(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${title}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
