// Nodes of a parsed template.

/** Position in the source: offset and text, for messages. */
export interface Position {
  at: number;
  source: string;
}

export type Operand = Position &
  (
    | { kind: "dot" }
    | { kind: "nil" }
    | { kind: "literal"; value: string | number | bigint | boolean }
    | { kind: "field"; names: string[] }
    | { kind: "variable"; name: string; names: string[] }
    | { kind: "function"; name: string }
    | { kind: "pipeline"; pipeline: Pipeline }
    /** `(…).a.b` */
    | { kind: "chain"; of: Operand; names: string[] }
  );

/** One operand, or a function or method call. */
export interface CommandNode extends Position {
  operands: Operand[];
}

export interface Pipeline extends Position {
  variables: string[];
  /** `=` instead of `:=`. */
  assigns: boolean;
  commands: CommandNode[];
}

export type TemplateNode =
  | { kind: "text"; text: string }
  | { kind: "action"; pipeline: Pipeline }
  | { kind: "if" | "with" | "range"; pipeline: Pipeline; body: TemplateNode[]; otherwise: TemplateNode[] | undefined }
  | { kind: "break" }
  | { kind: "continue" }
  | { kind: "template"; name: string; pipeline: Pipeline | undefined; position: Position };

/** A template and those that it defines. */
export interface ParsedTemplate {
  source: string;
  root: TemplateNode[];
  defined: Map<string, TemplateNode[]>;
}
