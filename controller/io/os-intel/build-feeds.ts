/** Reads which builds vendors published: SOFA and Apple's own list for macOS, MSRC's documents for Windows. */
import { z } from "zod";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";

type Build = OsIntelBundle["builds"][string][number];
type Engines = NonNullable<OsIntelBundle["engines"]>;

const sofa = z.looseObject({
  OSVersions: z
    .array(
      z.looseObject({
        OSVersion: z.string(),
        SecurityReleases: z
          .array(z.looseObject({ ProductVersion: z.string(), ReleaseDate: z.string() }))
          .max(1_024),
      }),
    )
    .max(64),
});

/** Reads `macos_data_feed.json` of SOFA. */
export function readSofa(text: string): readonly Build[] {
  return sofa
    .parse(JSON.parse(text))
    .OSVersions.flatMap((version) =>
      version.SecurityReleases.flatMap(({ ProductVersion, ReleaseDate }) =>
        macBuild(ProductVersion, ReleaseDate),
      ),
    );
}

const sofaEngines = z.looseObject({
  XProtectPlistConfigData: z
    .looseObject({ "com.apple.XProtect": z.string(), ReleaseDate: z.string() })
    .optional(),
});

/** Reads the version of XProtect's rules in `macos_data_feed.json` of SOFA. */
export function readSofaEngines(text: string): Engines {
  const data = sofaEngines.parse(JSON.parse(text)).XProtectPlistConfigData;
  if (data === undefined) return {};
  return { xprotect: { version: data["com.apple.XProtect"], releasedOn: dayOf(data.ReleaseDate) } };
}

/** Reads `defender=1.1.25100.9@2026-11-11`, for engines that no feed tells of. */
export function readEngine(text: string): Engines {
  const [, name, version, releasedOn] = /^([a-z0-9-]+)=([\d.]+)@(\S+)$/.exec(text) ?? [];
  if (name === undefined || version === undefined || releasedOn === undefined) {
    throw new SyntaxError("not NAME=VERSION@DAY");
  }
  return { [name]: { version, releasedOn } };
}

const dayOf = (date: string) => date.slice(0, 10);

const pmv = z.looseObject({
  PublicAssetSets: z.looseObject({
    macOS: z
      .array(z.looseObject({ ProductVersion: z.string(), PostingDate: z.string() }))
      .max(4_096),
  }),
});

/** Reads Apple's `v2/pmv`. */
export function readPmv(text: string): readonly Build[] {
  return pmv
    .parse(JSON.parse(text))
    .PublicAssetSets.macOS.flatMap(({ ProductVersion, PostingDate }) =>
      macBuild(ProductVersion, PostingDate),
    );
}

/** Leaves out what is no release of its own, as `13.4.1 (c)`; throws where a release has no day. */
function macBuild(version: string, date: string): readonly Build[] {
  const line = /^(\d{2})(\.\d{1,3}){0,2}$/.exec(version)?.[1];
  if (line === undefined) return [];
  const releasedOn = dayOf(date);
  // Without it whoever lacks this build would look up to date.
  if (!/^20\d\d-\d\d-\d\d$/.test(releasedOn)) throw new Error(`${version} has no day of release`);
  return [{ line, build: version, releasedOn }];
}

const cvrf = z.looseObject({
  DocumentTracking: z.looseObject({ InitialReleaseDate: z.string() }),
  Vulnerability: z
    .array(
      z.looseObject({
        Remediations: z
          .array(z.looseObject({ FixedBuild: z.string().nullish(), SubType: z.string().nullish() }))
          .max(4_096)
          .nullish(),
      }),
    )
    .max(8_192),
});

/** Reads one monthly CVRF document (JSON): builds that fix something; previews are not required and not in it. */
export function readCvrf(text: string): readonly Build[] {
  const { DocumentTracking, Vulnerability } = cvrf.parse(JSON.parse(text));
  const releasedOn = DocumentTracking.InitialReleaseDate.slice(0, 10);
  return Vulnerability.flatMap(({ Remediations }) => Remediations ?? []).flatMap(
    ({ FixedBuild, SubType }) => {
      const line = /^10\.0\.(\d{5})\.\d{1,6}$/.exec(FixedBuild ?? "")?.[1];
      // Hotpatch builds count their own revisions and would make everybody else look behind.
      if (line === undefined || /hotpatch/i.test(SubType ?? "")) return [];
      return [{ line, build: FixedBuild ?? "", releasedOn }];
    },
  );
}

/** Returns each build once, with the day on which it was first published, newest last. */
export function mergeBuilds(builds: readonly Build[]): readonly Build[] {
  const first = new Map<string, Build>();
  for (const build of builds) {
    const key = `${build.line} ${build.build}`;
    const former = first.get(key);
    if (former === undefined || build.releasedOn < former.releasedOn) first.set(key, build);
  }
  return [...first.values()].sort((left, right) =>
    left.releasedOn < right.releasedOn ? -1 : left.releasedOn > right.releasedOn ? 1 : 0,
  );
}
