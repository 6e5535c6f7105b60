import { execFileSync } from "node:child_process";
import { Command } from "commander";
import { expect, test } from "vitest";
import { completionScript } from "#shared/command-line/completion-script.ts";
import { liveKindOf } from "./live-names.ts";

function program(): Command {
  const made = new Command("sallyport-controller").option("--json", "one object");
  const policy = made.command("policy");
  policy.command("apply").option("--reason <why>", "why");
  policy.command("plan");
  const device = made.command("device");
  device.command("list");
  device.command("show").argument("<device>");
  made.command("names", { hidden: true }).argument("<kind>");
  return made;
}

/** What bash offers for a line, whose last word is completed. */
function offered(...words: string[]): readonly string[] {
  const script = [
    completionScript(program(), "bash", liveKindOf),
    // What the program would answer, whatever it is asked.
    "sallyport-controller() { printf '%s\\n' laptop-1 \"$3-2\" '$(touch /dev/full)' \"$2\"; }",
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length - 1}`,
    "_sallyport_controller",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const text = execFileSync("/bin/bash", ["--norc", "-c", script], { encoding: "utf8" });
  return text.split("\n").filter((line) => line !== "");
}

test("bash is offered commands, then theirs, then their options", () => {
  expect(offered("sallyport-controller", "")).toEqual(["policy", "device"]);
  expect(offered("sallyport-controller", "--")).toEqual(["--json", "--help"]);
  expect(offered("sallyport-controller", "--json", "po")).toEqual(["policy"]);
  expect(offered("sallyport-controller", "policy", "")).toEqual(["apply", "plan"]);
  // A file is meant where no command follows.
  expect(offered("sallyport-controller", "policy", "apply", "")).toEqual([]);
  expect(offered("sallyport-controller", "policy", "apply", "--r")).toEqual(["--reason"]);
  // A name that happens to be a command elsewhere leads nowhere.
  expect(offered("sallyport-controller", "device", "list", "policy", "--r")).toEqual([]);
});

test("names are asked of the controller, for the argument that they are of", () => {
  const show = ["sallyport-controller", "device", "show"];
  expect(offered(...show, "lap")).toEqual(["laptop-1", "lap-2"]);
  expect(offered(...show, "d")).toEqual(["device", "d-2"].toSorted());
  expect(offered(...show, "--h")).toEqual(["--help"]);
  expect(offered("sallyport-controller", "device", "list", "lap")).toEqual([]);
});

test("Attack: a name that is shell text is never run", () => {
  expect(offered("sallyport-controller", "device", "show", "$")).toEqual([
    "$-2",
    "$(touch /dev/full)",
  ]);
});

test("zsh and fish are told of every command", () => {
  const zsh = completionScript(program(), "zsh", liveKindOf);
  expect(zsh).toContain("bashcompinit");
  // In zsh this is PATH as an array: the program that knows the names would not be found.
  expect(zsh).not.toMatch(/\bpath=/);
  const fish = completionScript(program(), "fish", liveKindOf);
  expect(fish).toContain(`-n '__sallyport_controller_at ""' -f -a 'policy device'`);
  expect(fish).toContain(`-n '__sallyport_controller_at "policy apply"' -l reason`);
  // What stands beside a command is not offered behind it.
  expect(fish).not.toContain("__fish_seen_subcommand_from");
});

test("PowerShell is told of every command, its options and where names are asked for", () => {
  const script = completionScript(program(), "powershell", liveKindOf);
  expect(script).toContain("-CommandName 'sallyport-controller', 'sallyport-controller.exe'");
  expect(script).toContain("'' = @{ next = @('policy', 'device'); options = @('--json', '--help')");
  expect(script).toContain("'policy apply' = @{ next = @(); options = @('--reason', '--help')");
  expect(script).toContain(
    "'device show' = @{ next = @(); options = @('--help'); names = 'device' }",
  );
});
