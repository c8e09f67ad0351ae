// What an OCI runtime, or the monitor that ran it, said when it failed: words that are still to be put into Docker's.
import { BerthError } from "../api/errors.ts";

export class RuntimeError extends BerthError {
  constructor(message: string, cause?: unknown) {
    super("internal", message, cause);
  }
}
