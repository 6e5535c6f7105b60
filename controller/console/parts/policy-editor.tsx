import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import {
  type PolicyCheck,
  policyCheck,
  type PolicyPlan,
  policyPlan,
} from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import { draftKey } from "../live/query-keys.ts";
import { useMay } from "../live/session.tsx";
import { ApplyPanel } from "./policy-apply.tsx";
import { CheckPanel } from "./policy-check.tsx";
import { MovedPanel } from "./policy-moved.tsx";
import { goTo, marksOf, type PolicyFile, PolicyText } from "./policy-text.tsx";
import { PlanShown } from "./policy-plan.tsx";
import { Mark } from "./mark.tsx";
import { Asked, Panel, Refusal } from "./panel.tsx";

/** A set as it is kept. */
export interface SetInForce {
  /** Null while none ever was. */
  readonly version: string | null;
  readonly files: readonly PolicyFile[];
}

interface Draft {
  readonly base: SetInForce;
  readonly files: readonly PolicyFile[];
}

function sameText(one: readonly PolicyFile[], other: readonly PolicyFile[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * What is being written over the set in force. Where another set comes in force meanwhile, the text
 * stays, and is written over that one only when somebody says so.
 */
function useText(inForce: SetInForce) {
  const queries = useQueryClient();
  const [draft] = useState(() => queries.getQueryData<Draft>(draftKey));
  const [base, setBase] = useState(draft?.base ?? inForce);
  const [files, setFiles] = useState(draft?.files ?? inForce.files);
  const changed = !sameText(files, base.files);
  useEffect(() => {
    if (changed) queries.setQueryData<Draft>(draftKey, { base, files });
    else queries.removeQueries({ queryKey: draftKey });
  }, [queries, changed, base, files]);
  const replaced = inForce.version !== base.version;
  const take = () => {
    setBase(inForce);
    setFiles(inForce.files);
  };
  const moved = replaced && changed && !sameText(files, inForce.files);
  if (replaced && !moved) take();
  return { files, setFiles, changed, moved, take, keep: () => setBase(inForce) };
}

/** The documents of a set: what is written is checked and planned while one writes. */
export function PolicyEditor({ inForce }: { readonly inForce: SetInForce }): ReactNode {
  const may = useMay("author");
  const { files, setFiles, changed, moved, take, keep } = useText(inForce);
  const [asked] = useDebouncedValue(files, 400);
  const [open, setOpen] = useState(files[0]?.file ?? "");
  const check = useQuery({
    queryKey: ["policies", "check", asked],
    queryFn: () => ask("POST /policies/check", policyCheck, { body: { files: asked } }),
    placeholderData: keepPreviousData,
  });
  const compiles = check.data?.ok === true && !check.isPlaceholderData;
  const plan = useQuery({
    queryKey: ["policies", "plan", inForce.version, asked],
    queryFn: () => ask("POST /policies/plan", policyPlan, { body: { files: asked, days: 0 } }),
    enabled: may && changed && compiles && !moved,
  });
  const current = asked === files ? plan : null;
  return (
    <div className="two writing">
      <PolicyText
        files={files}
        disabled={!may}
        change={setFiles}
        open={open}
        onOpen={setOpen}
        marks={marksOf(check.data)}
      />
      <div className="stack">
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
        {moved ? (
          <MovedPanel version={inForce.version ?? ""} take={take} keep={keep} />
        ) : (
          <EffectPanel
            may={may}
            changed={changed}
            check={check.data}
            pending={current === null || plan.isFetching || check.isFetching}
            plan={plan.data}
            error={plan.error}
          />
        )}
        {changed && !moved && current?.data !== undefined ? (
          <ApplyPanel files={files} plan={current.data} />
        ) : null}
        {changed && !moved ? (
          <Button size="xs" variant="subtle" style={{ alignSelf: "start" }} onClick={take}>
            Throw away what I wrote
          </Button>
        ) : null}
      </div>
    </div>
  );
}

interface EffectProps {
  readonly may: boolean;
  readonly changed: boolean;
  readonly pending: boolean;
  readonly check: PolicyCheck | undefined;
  readonly plan: PolicyPlan | undefined;
  readonly error: Error | null;
}

/** Who would gain and who would lose, as soon as that can be told. */
function EffectPanel(props: EffectProps): ReactNode {
  const { may, changed, pending, check, plan, error } = props;
  const state = (
    <EditState changed={changed} pending={pending} check={check} refused={error !== null} />
  );
  return (
    <Panel title="Effect" aside={state}>
      {changed && check?.ok === false ? (
        <span className="muted">
          Who would gain or lose is told once it compiles and its tests pass.
        </span>
      ) : null}
      {changed ? null : (
        <span className="muted">
          {may
            ? "Change the text: errors come with their place, and who would gain or lose access."
            : "Your role may read the set, not change it."}
        </span>
      )}
      {changed && error !== null ? <Refusal error={error} /> : null}
      {changed && plan !== undefined ? <PlanShown plan={plan} /> : null}
    </Panel>
  );
}

function EditState(props: {
  readonly changed: boolean;
  readonly pending: boolean;
  readonly check: PolicyCheck | undefined;
  readonly refused: boolean;
}): ReactNode {
  const { changed, pending, check, refused } = props;
  if (!changed) return <Mark tone="unknown" word="as in force" />;
  if (check !== undefined && check.errors.length > 0)
    return <Mark tone="unmet" word="does not compile" />;
  if (check?.ok === false) return <Mark tone="unmet" word="a test fails" />;
  if (pending) return <Mark tone="info" word="checking" />;
  return refused ? <Mark tone="unmet" word="refused" /> : <Mark tone="met" word="compiles" />;
}
