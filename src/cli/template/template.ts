// Go templates for `--format`.
import { type EvaluateOptions, evaluateTemplate } from "./evaluate.ts";
import { functionNames } from "./functions.ts";
import { parseTemplate } from "./parser.ts";

export type { EvaluateOptions } from "./evaluate.ts";

/** A parsed template. */
export interface Template {
  /** @throws TemplateExecutionError */
  render(data: unknown, options?: EvaluateOptions): string;
}

/** @throws TemplateSyntaxError */
export function compileTemplate(source: string): Template {
  const parsed = parseTemplate(source, functionNames);
  return { render: (data, options) => evaluateTemplate(parsed, data, options) };
}
