import { Tabs, Textarea } from "@mantine/core";
import type { CSSProperties, ReactNode } from "react";
import type { PolicyCheck } from "#shared/protocol/api/policy.ts";
import type { Tone } from "../text/words.ts";
import { Panel } from "./panel.tsx";

/** One document of a set. */
export interface PolicyFile {
  readonly file: string;
  readonly text: string;
}

interface PolicyTextProps {
  readonly files: readonly PolicyFile[];
  readonly disabled: boolean;
  readonly change: (files: readonly PolicyFile[]) => void;
  /** Tones of lines, by file. */
  readonly marks: ReadonlyMap<string, ReadonlyMap<number, Tone>>;
  readonly open: string;
  readonly onOpen: (file: string) => void;
}

/** Lines that something is to be said of, the worst of each. */
export function marksOf(check: PolicyCheck | undefined): PolicyTextProps["marks"] {
  const marks = new Map<string, Map<number, Tone>>();
  const note = ({ file, line }: { file: string; line: number }, tone: Tone) => {
    const lines = marks.get(file) ?? new Map<number, Tone>();
    marks.set(file, lines);
    if (lines.get(line) !== "unmet") lines.set(line, tone);
  };
  for (const one of check?.findings ?? []) note(one, "grace");
  for (const one of check?.tests ?? []) if (!one.passed) note(one, "unmet");
  for (const one of check?.errors ?? []) note(one, "unmet");
  return marks;
}

/** Numbers beside the text; what is to be said stands in the panel beside it. */
function LineNumbers(props: {
  readonly text: string;
  readonly marks: ReadonlyMap<number, Tone> | undefined;
}): ReactNode {
  const { text, marks } = props;
  return (
    <ol aria-hidden="true">
      {text.split("\n").map((_, place) => {
        const tone = marks?.get(place + 1);
        const colours = { "--tone": `var(--${tone})`, "--chip": `var(--${tone}-chip)` };
        return (
          <li
            key={place}
            {...(tone === undefined ? {} : { "data-tone": tone, style: colours as CSSProperties })}
          >
            {place + 1}
          </li>
        );
      })}
    </ol>
  );
}

/** Puts the caret at a place of a file, once its tab is there. */
export function goTo({ file, line, column }: { file: string; line: number; column: number }): void {
  requestAnimationFrame(() => {
    const area = document.querySelector<HTMLTextAreaElement>(
      `textarea[data-file="${CSS.escape(file)}"]`,
    );
    if (area === null) return;
    const before = area.value.split("\n").slice(0, line - 1);
    const offset = before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    area.focus();
    area.setSelectionRange(offset, offset);
  });
}

/** The documents as text, with a number and a tone for each line. */
export function PolicyText({
  files,
  disabled,
  change,
  marks,
  open,
  onOpen,
}: PolicyTextProps): ReactNode {
  const set = (place: number, text: string) =>
    change(files.map((one, index) => (index === place ? { ...one, text } : one)));
  return (
    <Panel title="Documents" flush>
      <Tabs value={open} onChange={(file) => onOpen(file ?? "")}>
        <Tabs.List>
          {files.map(({ file }) => (
            <Tabs.Tab key={file} value={file}>
              {file}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {files.map(({ file, text }, place) => (
          <Tabs.Panel key={file} value={file}>
            <div className="with-lines">
              <LineNumbers text={text} marks={marks.get(file)} />
              <Textarea
                className="editor"
                aria-label={`Text of ${file}`}
                data-file={file}
                autosize
                minRows={16}
                wrap="off"
                variant="unstyled"
                px="sm"
                spellCheck={false}
                disabled={disabled}
                value={text}
                onChange={(event) => set(place, event.currentTarget.value)}
              />
            </div>
          </Tabs.Panel>
        ))}
      </Tabs>
    </Panel>
  );
}
