import { Button, Group, Tabs, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { PolicyBegun, PolicyCheck, PolicyPlan } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { useMay } from "../live/session.tsx";
import { CheckPanel } from "./policy-check.tsx";
import { PlanShown } from "./policy-plan.tsx";
import { Mark } from "./mark.tsx";
import { Asked, Panel, Refusal } from "./panel.tsx";

interface File {
  readonly file: string;
  readonly text: string;
}

/** The documents of a set: what is written is checked and planned while one writes. */
export function PolicyEditor({ files: former }: { readonly files: readonly File[] }): ReactNode {
  const may = useMay("author");
  const [files, setFiles] = useState(former);
  const [asked] = useDebouncedValue(files, 400);
  const [open, setOpen] = useState(former[0]?.file ?? "");
  const check = useQuery({
    queryKey: ["policies", "check", asked],
    queryFn: () => ask<PolicyCheck>("POST", "/policies/check", { files: asked }),
    placeholderData: keepPreviousData,
  });
  const changed = files.some(({ text }, place) => text !== former[place]?.text);
  const compiles = check.data?.ok === true && !check.isPlaceholderData;
  const plan = useQuery({
    queryKey: ["policies", "plan", asked],
    queryFn: () => ask<PolicyPlan>("POST", "/policies/plan", { files: asked, days: 0 }),
    enabled: may && changed && compiles,
  });
  const current = asked === files ? plan : null;
  return (
    <div style={{ display: "grid", gap: 14, gridTemplateColumns: "1fr 1fr", alignItems: "start" }}>
      <Editor files={files} disabled={!may} change={setFiles} open={open} onOpen={setOpen} />
      <div style={{ display: "flex", flexDirection: "column", gap: 14 }}>
        <Asked query={check}>
          {(data) => (
            <CheckPanel
              check={data}
              go={(at) => {
                setOpen(at.file);
                goTo(at);
              }}
            />
          )}
        </Asked>
        <Panel
          title="Effect"
          aside={
            <EditState
              changed={changed}
              pending={current === null || plan.isFetching || check.isFetching}
              failed={check.data?.ok === false || plan.error !== null}
            />
          }
        >
          {changed ? null : (
            <span className="muted">
              {may
                ? "Change the text: errors come with their place, and who would gain or lose access."
                : "Your role may read the set, not change it."}
            </span>
          )}
          {changed && plan.error !== null ? <Refusal error={plan.error} /> : null}
          {changed && plan.data !== undefined ? <PlanShown plan={plan.data} /> : null}
        </Panel>
        {changed && current?.data !== undefined ? (
          <Apply files={files} plan={current.data} />
        ) : null}
      </div>
    </div>
  );
}

function EditState(props: {
  readonly changed: boolean;
  readonly pending: boolean;
  readonly failed: boolean;
}): ReactNode {
  if (!props.changed) return <Mark tone="unknown" word="as in force" />;
  if (props.pending) return <Mark tone="info" word="checking" />;
  return props.failed ? (
    <Mark tone="unmet" word="does not compile" />
  ) : (
    <Mark tone="met" word="compiles" />
  );
}

interface EditorProps {
  readonly files: readonly File[];
  readonly disabled: boolean;
  readonly change: (files: readonly File[]) => void;
  readonly open: string;
  readonly onOpen: (file: string) => void;
}

/** Puts the caret at a place of a file, once its tab is there. */
function goTo({ file, line, column }: { file: string; line: number; column: number }): void {
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

function Editor({ files, disabled, change, open, onOpen }: EditorProps): ReactNode {
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
            <Textarea
              className="editor"
              aria-label={`Text of ${file}`}
              data-file={file}
              autosize
              minRows={16}
              maxRows={34}
              variant="unstyled"
              px="sm"
              spellCheck={false}
              disabled={disabled}
              value={text}
              onChange={(event) => set(place, event.currentTarget.value)}
            />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Panel>
  );
}

/** What is put in force is what was planned: the plan's name goes with it. */
function Apply({
  files,
  plan,
}: {
  readonly files: readonly File[];
  readonly plan: PolicyPlan;
}): ReactNode {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const apply = useMutation({
    mutationFn: () =>
      ask<PolicyBegun>("POST", "/policies", { files, reason, plan: plan.plan, source: "files" }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["policies"] }),
  });
  return (
    <Panel title="Put in force">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          apply.mutate();
        }}
      >
        <TextInput
          label="Why"
          placeholder="What changes, and for whom; the ticket"
          value={reason}
          maxLength={512}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group mt="sm">
          <Button type="submit" loading={apply.isPending} disabled={reason.trim() === ""}>
            Apply
          </Button>
          <span className="muted">
            {plan.current.lost === 0
              ? "Nobody loses access."
              : `${plan.current.devicesLosing} devices lose access at once or ring by ring.`}
          </span>
        </Group>
      </form>
      {apply.error === null ? null : <Refusal error={apply.error} />}
    </Panel>
  );
}
