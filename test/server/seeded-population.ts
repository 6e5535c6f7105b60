// Two thousand devices written straight into a stopped controller's store, with a past of their own.
import { DatabaseSync } from "node:sqlite";
import { makeId } from "#shared/base/id.ts";
import { factOf } from "../fakes/controller-world.ts";
import type { ControllerUnderTest } from "./controller-under-test.ts";

/** One device to write; `past` are facts that it reported, oldest first. */
export interface SeededDevice {
  readonly name: string;
  readonly groups: readonly string[];
  readonly facts: Readonly<Record<string, boolean>>;
  readonly past?: readonly {
    readonly at: number;
    readonly signal: string;
    readonly value: boolean;
  }[];
}

const hourMs = 3_600_000;

/** Writes the devices; the controller must not be running. */
export function seedDevices(
  controller: ControllerUnderTest,
  devices: readonly SeededDevice[],
): void {
  const database = new DatabaseSync(controller.places.database);
  try {
    database.exec("BEGIN");
    devices.forEach((device, index) => {
      seedDevice(database, device, index);
    });
    database.exec("COMMIT");
  } finally {
    database.close();
  }
}

/** Runs one statement in a stopped controller's store. */
export function runStatement(
  controller: ControllerUnderTest,
  sql: string,
  ...values: (string | number)[]
): void {
  const database = new DatabaseSync(controller.places.database);
  try {
    database.prepare(sql).run(...values);
  } finally {
    database.close();
  }
}

function seedDevice(database: DatabaseSync, device: SeededDevice, index: number): void {
  const { name, groups, facts, past = [] } = device;
  const nowAt = Date.now();
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, index + 1);
  const id = makeId("dev", nowAt, random);
  const key = database.prepare("SELECT id FROM enrol_key LIMIT 1").get()?.["id"] ?? "";
  const address = `100.96.${8 + (index >> 8)}.${index & 255}`;
  const body = JSON.stringify({ groups, tags: [], os: "linux", serials: [] });
  database
    .prepare(
      `INSERT INTO device (id, name, status, enrol_key, spki_hex, wg_public_key, address4, address6,
         last_seen_at, body, created_at) VALUES (?, ?, 'active', ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      id,
      name,
      key,
      `spki ${name}`,
      `key ${name}`,
      address,
      `fd00::${index}`,
      nowAt,
      body,
      nowAt,
    );
  const epoch = "b".repeat(32);
  const held = (signal: string, value: boolean) => factOf(signal, { kind: "known", value });
  for (const [signal, value] of Object.entries(facts)) {
    const fact = { fact: held(signal, value), untilAt: nowAt + hourMs, epoch, seq: 1 };
    database
      .prepare("INSERT INTO fact (device, signal, until_at, body) VALUES (?, ?, ?, ?)")
      .run(id, signal, fact.untilAt, JSON.stringify(fact));
  }
  past.forEach(({ at, signal, value }, seq) => {
    const event = { epoch, seq: seq + 1, ageMs: 0, fact: held(signal, value) };
    database
      .prepare(
        "INSERT INTO event (device, epoch, seq, digest, received_at, body) VALUES (?, ?, ?, ?, ?, ?)",
      )
      .run(id, epoch, seq + 1, `digest ${seq}`, at, JSON.stringify(event));
  });
}
