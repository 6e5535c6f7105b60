import { NtExecutable, NtExecutableResource, Resource } from "resedit";
import { expect, test } from "vitest";
import { withNames } from "./version-resource.ts";

const names = { version: "1.4.2", fileName: "sallyport.exe", description: "Sallyport agent" };
const manifest = { type: 24, id: 1, lang: 1033, codepage: 0, bin: Buffer.from("<assembly/>") };

/** A program with a name, a version and a manifest of somebody's. */
function programOfOthers(): Buffer {
  const executable = NtExecutable.createEmpty(false, false);
  const resources = NtExecutableResource.from(executable);
  const version = Resource.VersionInfo.create(1033, {}, []);
  version.setFileVersion("26.10.0.0", 1033);
  version.setStringValues({ lang: 1033, codepage: 1200 }, { FileDescription: "Node.js" });
  version.outputToResourceEntries(resources.entries);
  resources.entries.push({ ...manifest, bin: new Uint8Array(manifest.bin).buffer });
  resources.outputResource(executable);
  return Buffer.from(executable.generate());
}

test("a program bears our name, version and icon alone, and keeps its manifest", () => {
  const program = withNames(programOfOthers(), names);
  const { entries } = NtExecutableResource.from(NtExecutable.from(program));
  const versions = Resource.VersionInfo.fromEntries(entries);
  expect(versions).toHaveLength(1);
  expect(versions[0]?.fixedInfo).toMatchObject({
    fileVersionMS: (1 << 16) | 4,
    fileVersionLS: 2 << 16,
    fileType: 1,
  });
  expect(versions[0]?.getStringValues({ lang: 1033, codepage: 1200 })).toMatchObject({
    FileDescription: "Sallyport agent",
    FileVersion: "1.4.2",
    OriginalFilename: "sallyport.exe",
    ProductName: "Sallyport",
  });
  const [group] = Resource.IconGroupEntry.fromEntries(entries);
  expect(group?.icons.map(({ width, bitCount }) => [width, bitCount])).toEqual(
    [16, 32, 48, 0].map((width) => [width, 32]), // 0 stands for 256
  );
  const kept = entries.find(({ type }) => type === manifest.type);
  expect(Buffer.from(kept?.bin ?? new ArrayBuffer(0))).toEqual(manifest.bin);
});

test("the same program and names make the same bytes", () => {
  expect(withNames(programOfOthers(), names).equals(withNames(programOfOthers(), names))).toBe(
    true,
  );
});
