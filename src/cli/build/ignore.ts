// Rules of .dockerignore, with the command line's error for an invalid pattern.
import { IgnoreRules as ContextRules } from "../../client/ignore-rules.ts";
import { CommandError } from "../failure.ts";

export class IgnoreRules extends ContextRules {
  /** @throws CommandError for an invalid pattern */
  override ignores(path: string): boolean {
    try {
      return super.ignores(path);
    } catch (thrown) {
      if (thrown instanceof SyntaxError) throw new CommandError("error checking context: syntax error in pattern");
      throw thrown;
    }
  }
}
