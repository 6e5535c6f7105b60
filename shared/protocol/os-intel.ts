/** The signed bundle of what operating system vendors published; controllers import it, agents never fetch. */
import { z } from "zod";

const day = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
const product = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
const release = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/);

const build = z.strictObject({
  /** Builds are compared within one line only: `26` of macOS, `26100` of Windows. */
  line: release,
  build: z.string().regex(/^\d{1,9}(\.\d{1,9}){0,4}$/),
  releasedOn: day,
});

/** The newest version of a malware engine, and since when. */
const engine = z.strictObject({
  version: z.string().regex(/^\d{1,9}(\.\d{1,9}){0,4}$/),
  releasedOn: day,
});

/** Content of the bundle; `typ` of its signature is `os-intel+jws`. */
export const osIntelBundle = z
  .strictObject({
    schema: z.literal("sallyport.os-intel/1"),
    /** Rises with each bundle of a publisher: an older one is refused. */
    sequence: z.int().min(1),
    issuedAt: z.int().min(0),
    /** Past it, what is the latest build is not known any more. */
    expiresAt: z.int().min(0),
    /** Where it comes from and how old each part is, for whoever reads it. */
    sources: z
      .array(z.strictObject({ what: z.string().max(200), from: z.string().max(200), asOf: day }))
      .max(64)
      .optional(),
    support: z.strictObject({
      issuedOn: day,
      trustedUntil: day,
      products: z.record(product, z.record(release, day)),
      rolling: z.array(product).max(64),
    }),
    builds: z.record(product, z.array(build).max(4_096)),
    /** By the names of `edr.engines`. */
    engines: z.record(product, engine).optional(),
  })
  .refine((bundle) => bundle.expiresAt > bundle.issuedAt, "it ends before it begins");

/** One bundle. */
export type OsIntelBundle = z.infer<typeof osIntelBundle>;

/** Longest signed bundle in characters. */
export const osIntelBytesMax = 2 * 1024 * 1024;
