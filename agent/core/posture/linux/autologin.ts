/** Reads from display managers whether somebody is signed in without a password. */

/** Which program keeps a file. */
export type LoginProgram = "gdm" | "lightdm" | "sddm" | "getty";

/** Tells whether a configuration signs somebody in by itself; comments and other sections do not count. */
export function signsIn(program: LoginProgram, text: string): boolean {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[#;]/.test(line));
  switch (program) {
    case "gdm":
      return (
        isOn(valueIn(lines, "daemon", "AutomaticLoginEnable")) ||
        isOn(valueIn(lines, "daemon", "TimedLoginEnable"))
      );
    case "lightdm":
      return lines.some((line) => /^autologin-user\s*=\s*\S/.test(line));
    case "sddm":
      return (valueIn(lines, "Autologin", "User") ?? "") !== "";
    case "getty":
      return lines.some((line) => /^ExecStart=.*\s(--autologin|-a)[\s=]/.test(line));
  }
}

function isOn(value: string | null): boolean {
  return value !== null && /^(true|yes|1)$/i.test(value);
}

/** Returns the last value of a key in a section, as the programs read it. */
function valueIn(lines: readonly string[], section: string, key: string): string | null {
  let inside = false;
  let found: string | null = null;
  for (const line of lines) {
    const head = /^\[(.+)\]$/.exec(line)?.[1];
    if (head !== undefined) inside = head.toLowerCase() === section.toLowerCase();
    else if (inside && line.slice(0, line.indexOf("=")).trim() === key) {
      found = line.slice(line.indexOf("=") + 1).trim();
    }
  }
  return found;
}
