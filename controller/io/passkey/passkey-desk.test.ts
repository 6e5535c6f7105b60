import { expect, test } from "vitest";
import type { CreatedCredential, UsedCredential } from "#shared/protocol/api/passkey.ts";
import { makeSoftwarePasskey } from "../../../test/fakes/software-authenticator.ts";
import { makePasskeyDesk } from "./passkey-desk.ts";

const origin = "https://console.example.com";

test("a challenge counts for five minutes, for a new key and for one that is used", async () => {
  let nowMs = 0;
  const desk = makePasskeyDesk({ monotonicMs: () => nowMs }, () => origin);
  const passkey = makeSoftwarePasskey(origin);
  const owner = { name: "ana", held: [] };
  const create = async (afterMs: number) => {
    const credential = passkey.create(await desk.creation("set-up", owner));
    nowMs += afterMs;
    return desk.created("set-up", credential as CreatedCredential);
  };
  const key = await create(299_999).then((made) => ({ ...made, transports: [] }));
  await expect(create(300_000)).rejects.toMatchObject({ code: "SP-725" });
  const use = async (afterMs: number) => {
    const credential = passkey.use(await desk.request("sign-in"));
    nowMs += afterMs;
    return desk.used("sign-in", credential as UsedCredential, key);
  };
  expect(await use(299_999)).toBe(0);
  await expect(use(300_000)).rejects.toMatchObject({ code: "SP-725" });
});
