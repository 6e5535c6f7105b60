/**
 * The collector process: reads as root what the agent may not. It opens no internet socket and takes
 * nothing but signal names. It is started again and again, so what it compiled is kept for the next
 * start, in a folder that is its own.
 */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { answerFolder } from "../io/posture/linux/held-answer.ts";

// Whatever libraries run must find only system programs, whoever started us.
process.env["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
process.umask(0o077);
const folder = answerFolder();
if (folder !== null) enableCompileCache(join(folder, "compiled"));
void import("./serve.ts");
