import { Button, Checkbox, Group, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { policyBegun, type PolicyPlan, shadowStarted } from "#shared/protocol/api/policy.ts";
import { ask } from "../live/api.ts";
import type { PolicyFile } from "./policy-text.tsx";
import { Confirm } from "./confirm.tsx";
import { Panel, Refusal } from "./panel.tsx";

/** What is put in force is what was planned: the plan's name goes with it. */
export function ApplyPanel({
  files,
  plan,
}: {
  readonly files: readonly PolicyFile[];
  readonly plan: PolicyPlan;
}): ReactNode {
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [meant, setMeant] = useState(false);
  const { closesEverything, lockedOut, lost, devicesLosing } = plan.current;
  const shutsOut = closesEverything ? "everybody" : lockedOut.join(" and ");
  const apply = useMutation({
    mutationFn: () =>
      ask("POST /policies", policyBegun, {
        body: { files, reason, plan: plan.plan, source: "files", allowLockout: meant },
      }),
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
        {shutsOut === "" ? null : (
          <Checkbox
            mt="sm"
            label={`Shut out ${shutsOut}: this is meant`}
            checked={meant}
            onChange={(event) => setMeant(event.currentTarget.checked)}
          />
        )}
        <Group mt="sm">
          <Button
            type="submit"
            loading={apply.isPending}
            disabled={reason.trim() === "" || (shutsOut !== "" && !meant)}
          >
            Apply
          </Button>
          <OnlyWatch files={files} reason={reason} />
          <span className="muted">
            {lost === 0
              ? "Nobody loses access."
              : `${devicesLosing} ${devicesLosing === 1 ? "device loses" : "devices lose"} access, at once or ring by ring.`}
          </span>
        </Group>
      </form>
      {apply.error === null ? null : <Refusal error={apply.error} step />}
    </Panel>
  );
}

/** Has the set compared, not enforced. */
function OnlyWatch(props: {
  readonly files: readonly PolicyFile[];
  readonly reason: string;
}): ReactNode {
  const { files, reason } = props;
  const queries = useQueryClient();
  const watch = async () => {
    // Whatever is watched now is replaced; what is in force stays as it is.
    const order = { body: { files, reason }, ifMatch: "*" };
    await ask("PUT /policies/shadow", shadowStarted, order);
    await queries.invalidateQueries({ queryKey: ["policies"] });
  };
  return (
    <Confirm
      verb="Only watch"
      effect="The set is compared with the one in force on every evaluation, and enforces nothing; what it would answer otherwise stands under Shadow."
      disabled={reason.trim() === ""}
      run={watch}
    />
  );
}
