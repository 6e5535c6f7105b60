/**
 * Event sources of Windows: a second PowerShell that waits for registry, event log and services and
 * prints one line for whatever moved. A source that this Windows does not have is left out and said.
 */
import {
  eventTopics,
  lostTopicOf,
  signalsOfLine,
} from "../../../core/posture/windows/event-topics.ts";
import type { EventSource } from "../../../core/posture/windows/event-topics.ts";
import { keepEventChild } from "../event-child.ts";
import type { EventChildOptions, EventProgram } from "../event-child.ts";
import { powershellPath } from "./powershell.ts";

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** WMI reads backslashes and quotes inside its own strings once more. */
const wmiText = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");

function register(source: EventSource, topic: string): string {
  const name = quoted(topic);
  switch (source.kind) {
    case "registry": {
      const where = `Hive='HKEY_LOCAL_MACHINE' AND RootPath='${wmiText(source.path)}'`;
      const query = quoted(`SELECT * FROM RegistryTreeChangeEvent WHERE ${where}`);
      return `Register-CimIndicationEvent -Namespace root/default -Query ${query} -MessageData ${name}`;
    }
    case "services": {
      const query = quoted(
        "SELECT * FROM __InstanceModificationEvent WITHIN 10 WHERE TargetInstance ISA 'Win32_Service'",
      );
      return `Register-CimIndicationEvent -Namespace root/cimv2 -Query ${query} -MessageData ${name}`;
    }
    case "channel": {
      const log = "[Diagnostics.Eventing.Reader.EventLogQuery]::new";
      const query = `${log}(${quoted(source.name)},[Diagnostics.Eventing.Reader.PathType]::LogName,${quoted(source.query ?? "*")})`;
      return (
        `$w=[Diagnostics.Eventing.Reader.EventLogWatcher]::new(${query});` +
        `Register-ObjectEvent -InputObject $w -EventName EventRecordWritten -MessageData ${name};` +
        "$w.Enabled=$true;$k+=$w"
      );
    }
  }
}

/** The whole script, of constants only: registers every source, then prints topics for ever. */
export function eventScript(): string {
  const sources = eventTopics.flatMap(({ topic, sources: list }) =>
    list.map(
      (source) =>
        `try{${register(source, topic)}|Out-Null}catch{[Console]::Out.WriteLine('{"lost":"${topic}"}')}`,
    ),
  );
  return [
    "[Console]::OutputEncoding=[Text.UTF8Encoding]::new($false)",
    "$ProgressPreference='SilentlyContinue';$ErrorActionPreference='Stop';$k=@()",
    ...sources,
    "while($true){$e=Wait-Event;Remove-Event -EventIdentifier $e.EventIdentifier;" +
      "[Console]::Out.WriteLine('{\"changed\":\"'+$e.MessageData+'\"}')}",
  ].join("\n");
}

/** Signals that some source here tells of. */
export const heardOnWindows: ReadonlySet<string> = new Set(
  eventTopics.flatMap(({ signals }) => signals),
);

/** Starts watching; returns what ends it. */
export function watchWindows(options: EventChildOptions): () => void {
  const path = powershellPath();
  const args = ["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass"];
  const program: EventProgram = {
    path,
    args: [...args, "-Command", eventScript()],
    signalsOf: signalsOfLine,
    lostOf: lostTopicOf,
    signals: [...heardOnWindows],
  };
  return keepEventChild(program, options);
}
