import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, Suspense, useEffect, useState } from "react";
import { Route, Switch } from "wouter";
import { sessionShown } from "#shared/protocol/api/session.ts";
import { deviceSignedIn, ticket } from "./live/address.ts";
import { ask, isSignedOut } from "./live/api.ts";
import { sessionKey } from "./live/query-keys.ts";
import { SessionContext } from "./live/session.tsx";
import { type LiveState, openStream } from "./live/stream.ts";
import { DeviceSignedIn, DeviceSignIn, loadPages, pages, SignIn } from "./pages.tsx";
import { OverviewPage } from "./pages/overview.tsx";
import { NowProvider } from "./parts/age.tsx";
import { IdleWarning } from "./parts/idle-warning.tsx";
import { Nothing, Refusal } from "./parts/panel.tsx";
import { Shell } from "./shell.tsx";

/** The controller rounds to seconds, and answers take their time. */
const leewayMs = 10_000;

/** By then the first page is there. */
const settledMs = 1_500;

/** The whole console: who is there first, then the page of the address. */
export function Console(): ReactNode {
  const session = useQuery({
    queryKey: sessionKey,
    queryFn: () => ask("GET /session", sessionShown),
    staleTime: 60_000,
  });
  if (ticket !== null) return <DeviceSignIn />;
  if (deviceSignedIn !== null) return <DeviceSignedIn />;
  const { idleEndsAfterSeconds: idle = null } = session.data ?? {};
  const idleEndsAt = idle === null ? null : session.dataUpdatedAt + idle * 1_000;
  if (isSignedOut(session.error)) {
    return (
      <SignIn wasIdle={idleEndsAt !== null && idleEndsAt <= session.errorUpdatedAt + leewayMs} />
    );
  }
  // A controller that is away for a while takes no page away, nor what was typed there.
  if (session.data === undefined) {
    return session.error === null ? null : <Refusal error={session.error} />;
  }
  return (
    <SessionContext value={session.data}>
      <NowProvider>
        <SignedIn />
        {idleEndsAt === null ? null : <IdleWarning endsAt={idleEndsAt} />}
      </NowProvider>
    </SessionContext>
  );
}

function SignedIn(): ReactNode {
  const queries = useQueryClient();
  const [live, setLive] = useState<LiveState>({ kind: "connecting", heardAt: Date.now() });
  useEffect(() => openStream(queries, setLive), [queries]);
  useEffect(() => {
    const timer = window.setTimeout(loadPages, settledMs);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <Shell live={live}>
      <Suspense>
        <Switch>
          <Route path="/" component={OverviewPage} />
          <Route path="/devices" component={pages.devices} />
          <Route path="/devices/:key" component={pages.device} />
          <Route path="/gateways" component={pages.gateways} />
          <Route path="/gateways/:key" component={pages.gateway} />
          <Route path="/resources" component={pages.resources} />
          <Route path="/policies" component={pages.policies} />
          <Route path="/decisions" component={pages.decisions} />
          <Route path="/decisions/:key" component={pages.decision} />
          <Route path="/enrolment" component={pages.enrolment} />
          <Route path="/explorer" component={pages.explorer} />
          <Route path="/users" component={pages.users} />
          <Route path="/admins" component={pages.admins} />
          <Route path="/approvals" component={pages.approvals} />
          <Route path="/settings" component={pages.settings} />
          <Route path="/audit" component={pages.audit} />
          <Route>
            <Nothing>There is no such page.</Nothing>
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  );
}
