import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutSecrets } from "./bundle-text.ts";

// One of each kind that this product or its neighbours have.
const planted = {
  enrolmentKey: `sp1_${"eyJ1Ijoi".repeat(8)}`,
  wireguard: "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
  token: "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJlc2lnbmF0dXJl",
  base64url: "Zm9vYmFyLWZvb2Jhci1mb29iYXItZm9vYmFyX2Zvb2Jhcl9mb29",
  bitLocker: "111111-222222-333333-444444-555555-666666-777777-888888",
  pem: "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHX\n-----END PRIVATE KEY-----",
};
const words = ["correct-horse", "hush"];
const secrets = [...Object.values(planted), ...words];

const gathered = {
  status: { device: { hostname: "laptop" }, resources: [{ name: "wiki", state: "open" }] },
  journal: `enrolled with ${planted.enrolmentKey}\nwg private ${planted.wireguard}\n`,
  shared: [{ sig: planted.base64url, jws: planted.token }],
  settings: { password: "correct-horse", privateKey: "correct-horse", api_key: "hush" },
  proxy: "http://ada:hush@proxy.example.com:3128",
  evidence: `Recovery Key: ${planted.bitLocker}\npassword=hush`,
  [planted.enrolmentKey]: planted.pem,
};

test("nothing that was planted is left, and what helps stays", () => {
  const text = JSON.stringify(withoutSecrets(gathered));
  for (const secret of secrets) expect(text).not.toContain(secret.split("\n")[1] ?? secret);
  for (const kept of ["laptop", "wiki", "open", "proxy.example.com:3128", "enrolled with"]) {
    expect(text).toContain(kept);
  }
  // Control: the search finds each of them where nothing was taken out.
  const before = JSON.stringify(gathered);
  for (const secret of secrets) expect(before).toContain(secret.split("\n")[1] ?? secret);
});

test("whatever stands around it, a secret does not come through", () => {
  const around = fc.string({ unit: fc.constantFrom(" ", "\n", '"', ",", ":", "{", "wort", "=") });
  fc.assert(
    fc.property(
      around,
      around,
      fc.constantFrom(...Object.values(planted)),
      (left, right, secret) => {
        const text = JSON.stringify(withoutSecrets({ any: [`${left} ${secret} ${right}`] }));
        return !text.includes(JSON.stringify(secret).slice(1, -1));
      },
    ),
  );
});

test("a value that refers to itself without end is cut", () => {
  const loop: Record<string, unknown> = {};
  loop["again"] = loop;
  expect(JSON.stringify(withoutSecrets(loop))).toContain("[too deep]");
});
