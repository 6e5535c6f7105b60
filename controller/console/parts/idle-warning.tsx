import { Button, Group, Modal, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect } from "react";
import { sessionShown } from "#shared/protocol/api/session.ts";
import { watchActivity } from "../live/activity.ts";
import { ask } from "../live/api.ts";
import { draftKey, sessionKey } from "../live/query-keys.ts";
import { durationText } from "../text/time.ts";
import { useNow } from "./age.tsx";

/** So long before the end it is said. */
const warnMs = 5 * 60_000;

interface IdleProps {
  /** When the session ends unless somebody uses it, by the clock of this page. */
  readonly endsAt: number;
}

/** Keeps the session of whoever uses the page, and says before that of nobody ends. */
export function IdleWarning({ endsAt }: IdleProps): ReactNode {
  const queries = useQueryClient();
  const now = useNow();
  const use = useCallback(() => {
    ask("POST /session/activity", sessionShown).then(
      (session) => queries.setQueryData(sessionKey, session),
      // Whatever is wrong, the question who is signed in tells it.
      () => queries.invalidateQueries({ queryKey: sessionKey, exact: true }),
    );
  }, [queries]);
  useEffect(() => watchActivity(use), [use]);
  useEffect(() => {
    // Another tab may have been used meanwhile.
    const look = () => void queries.invalidateQueries({ queryKey: sessionKey, exact: true });
    const waits = [endsAt - warnMs, endsAt + 1_000].map((at) => at - Date.now());
    const timers = waits
      .filter((waitMs) => waitMs > 0)
      .map((waitMs) => window.setTimeout(look, waitMs));
    return () => timers.forEach((timer) => window.clearTimeout(timer));
  }, [queries, endsAt]);
  const leftMs = endsAt - now;
  const drafted = queries.getQueryData(draftKey) !== undefined;
  return (
    <Modal opened={leftMs <= warnMs} onClose={use} title="Are you still there?" centered>
      <Text mb="md">
        Nobody used this console for a while. You are signed out in {durationText(leftMs / 1_000)};
        after you sign in again the same page comes back.
        {drafted ? " What you wrote of the policy set and did not apply is lost then." : ""}
      </Text>
      <Group justify="flex-end">
        <Button data-autofocus onClick={use}>
          Stay signed in
        </Button>
      </Group>
    </Modal>
  );
}
