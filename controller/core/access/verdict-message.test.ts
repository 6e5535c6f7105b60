import { expect, test } from "vitest";
import {
  deviceRecord,
  only,
  openWorld,
  resourceRecord,
  storedState,
} from "../../../test/fakes/controller-world.ts";

const foreign = resourceRecord("res_00000000000000000000000009", "payroll", "10.0.0.9/32");

test.each(["quarantined", "revoked"] as const)(
  "a device that is %s is told of no resource that it was not told of before",
  (status) => {
    const stored = storedState();
    const world = openWorld({ ...stored, resources: [...stored.resources, foreign] });
    const changes = [{ kind: "device", record: { ...deviceRecord, status } }] as const;
    const effects = world.takeDurably({ kind: "recordsChanged", changes });
    const verdict = only(effects, "send")
      .map(({ message }) => message)
      .find((message) => message.kind === "verdict");
    const because = { code: status };
    expect(verdict?.resources).toMatchObject([
      { name: "vault", state: "blocked", reasons: [because] },
      { name: "wiki", state: "blocked", reasons: [because] },
    ]);
  },
);
