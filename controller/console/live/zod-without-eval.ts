// The page's policy forbids making code of text, which zod tries at the first schema that it makes:
// this must be the first import of the page.
import { z } from "zod";

z.config({ jitless: true });
