// The error message of an OCI runtime, or of the monitor that ran it, before it is translated into Docker's.
import { BerthError } from "../api/errors.ts";

export class RuntimeError extends BerthError {
  constructor(message: string, cause?: unknown) {
    super("internal", message, cause);
  }
}
