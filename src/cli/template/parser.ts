// Parses a Go template's tokens into a tree.
import { syntaxError, type TemplateSyntaxError, type Token, type TokenKind, tokenize } from "./lexer.ts";
import type { CommandNode, Operand, ParsedTemplate, Pipeline, TemplateNode } from "./nodes.ts";

type BranchKind = "if" | "with" | "range";
const BRANCHES: readonly string[] = ["if", "with", "range"] satisfies BranchKind[];

function isBranch(word: string): word is BranchKind {
  return BRANCHES.includes(word);
}

/** What terminated a list of nodes. */
type Terminator = "end" | "else" | "endOfTemplate";

class TemplateParser {
  readonly defined = new Map<string, TemplateNode[]>();
  readonly #source: string;
  readonly #tokens: Token[];
  readonly #functions: ReadonlySet<string>;
  #index = 0;
  #variables: string[] = ["$"];
  #rangeDepth = 0;

  constructor(source: string, functions: ReadonlySet<string>) {
    this.#source = source;
    this.#tokens = tokenize(source);
    this.#functions = functions;
  }

  parse(): TemplateNode[] {
    const { nodes, terminator } = this.#list();
    if (terminator !== "endOfTemplate") throw this.#fail(`unexpected {{${terminator}}}`);
    return nodes;
  }

  #fail(message: string, token = this.#peek()): TemplateSyntaxError {
    return syntaxError(this.#source, token.at, message);
  }

  #peek(): Token {
    return this.#tokens[this.#index] ?? { kind: "end", value: "", at: this.#source.length };
  }

  #next(): Token {
    const token = this.#peek();
    this.#index++;
    return token;
  }

  #skipSpace(): Token {
    while (this.#peek().kind === "space") this.#index++;
    return this.#peek();
  }

  #expect(kind: TokenKind, context: string): Token {
    this.#skipSpace();
    const token = this.#next();
    if (token.kind !== kind) throw this.#unexpected(token, context);
    return token;
  }

  #unexpected(token: Token, context: string): TemplateSyntaxError {
    if (token.kind === "end") return this.#fail("unexpected EOF", token);
    const shown = token.kind === "string" ? JSON.stringify(token.value) : `"${token.value}"`;
    const word = token.kind === "identifier" ? `<${token.value}>` : shown;
    return this.#fail(`unexpected ${word} in ${context}`, token);
  }

  #list(): { nodes: TemplateNode[]; terminator: Terminator } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === "end") return { nodes, terminator: "endOfTemplate" };
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.value });
        continue;
      }
      const word = this.#skipSpace();
      if (word.kind === "identifier" && (word.value === "end" || word.value === "else")) {
        this.#next();
        if (word.value === "end") this.#expect("close", "end");
        return { nodes, terminator: word.value };
      }
      const node = this.#action();
      if (node) nodes.push(node);
    }
  }

  #action(): TemplateNode | undefined {
    const word = this.#peek();
    if (word.kind === "identifier") {
      if (isBranch(word.value)) return this.#branch(word.value);
      switch (word.value) {
        case "define":
          this.#define();
          return undefined;
        case "block":
          return this.#block();
        case "template":
          return this.#template();
        case "break":
        case "continue":
          this.#next();
          if (this.#rangeDepth === 0) throw this.#fail(`{{${word.value}}} outside {{range}}`, word);
          this.#expect("close", word.value);
          return { kind: word.value };
      }
    }
    return { kind: "action", pipeline: this.#pipeline("command", "close") };
  }

  #branch(kind: BranchKind): TemplateNode {
    this.#next();
    const scope = this.#variables.length;
    const pipeline = this.#pipeline(kind, "close");
    if (kind === "range") this.#rangeDepth++;
    const { nodes: body, terminator } = this.#list();
    if (kind === "range") this.#rangeDepth--;
    let otherwise: TemplateNode[] | undefined;
    if (terminator === "else") otherwise = this.#otherwise(kind);
    else if (terminator === "endOfTemplate") throw this.#fail("unexpected EOF");
    this.#variables.length = scope;
    return { kind, pipeline, body, otherwise };
  }

  /** Parses after `else`: another condition, or the rest up to `end`. */
  #otherwise(kind: BranchKind): TemplateNode[] {
    const next = this.#skipSpace();
    if (next.kind === "identifier" && next.value === kind && kind !== "range" && isBranch(next.value)) {
      return [this.#branch(kind)];
    }
    this.#expect("close", "else");
    const { nodes, terminator } = this.#list();
    if (terminator === "endOfTemplate") throw this.#fail("unexpected EOF");
    if (terminator !== "end") throw this.#fail("expected end; found {{else}}");
    return nodes;
  }

  #body(): TemplateNode[] {
    const outer = this.#variables;
    this.#variables = ["$"];
    const { nodes, terminator } = this.#list();
    this.#variables = outer;
    if (terminator === "endOfTemplate") throw this.#fail("unexpected EOF");
    return nodes;
  }

  #define(): void {
    this.#next();
    const name = this.#expect("string", "define clause").value;
    this.#expect("close", "define clause");
    this.defined.set(name, this.#body());
  }

  #block(): TemplateNode {
    const position = { at: this.#peek().at, source: "block" };
    this.#next();
    const name = this.#expect("string", "block clause").value;
    const pipeline = this.#pipeline("block clause", "close");
    this.defined.set(name, this.#body());
    return { kind: "template", name, pipeline, position };
  }

  #template(): TemplateNode {
    const position = { at: this.#peek().at, source: "template" };
    this.#next();
    const name = this.#expect("string", "template clause").value;
    if (this.#skipSpace().kind === "close") {
      this.#next();
      return { kind: "template", name, pipeline: undefined, position };
    }
    return { kind: "template", name, pipeline: this.#pipeline("template clause", "close"), position };
  }

  /** Parses `$a, $b :=` at the start of a pipeline, if present. */
  #declarations(context: string): { variables: string[]; assigns: boolean } {
    const start = this.#index;
    const variables: string[] = [];
    while (this.#skipSpace().kind === "variable") {
      variables.push(`$${this.#next().value}`);
      const after = this.#skipSpace();
      if (after.kind === "comma" && context === "range" && variables.length < 2) {
        this.#next();
        continue;
      }
      if (after.kind !== "declare" && after.kind !== "assign") break;
      this.#next();
      if (after.kind === "declare") this.#variables.push(...variables);
      return { variables, assigns: after.kind === "assign" };
    }
    this.#index = start;
    return { variables: [], assigns: false };
  }

  #pipeline(context: string, closing: TokenKind): Pipeline {
    const at = this.#skipSpace().at;
    const { variables, assigns } = this.#declarations(context);
    const commands: CommandNode[] = [];
    for (;;) {
      const token = this.#skipSpace();
      if (token.kind === closing) {
        if (commands.length === 0) throw this.#fail(`missing value for ${context}`, token);
        this.#next();
        return { variables, assigns, commands, at, source: this.#source.slice(at, token.at).trim() };
      }
      if (token.kind === "end") throw this.#fail("unclosed action", token);
      if (token.kind === "close" || token.kind === "rightParenthesis") throw this.#unexpected(token, context);
      commands.push(this.#command(context));
    }
  }

  #command(context: string): CommandNode {
    const at = this.#skipSpace().at;
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#skipSpace();
      if (token.kind === "pipe") {
        if (operands.length === 0) throw this.#fail("empty command", token);
        this.#next();
        if (["close", "rightParenthesis"].includes(this.#skipSpace().kind)) {
          throw this.#fail(`missing value for ${context}`);
        }
        return { operands, at, source: this.#source.slice(at, token.at).trim() };
      }
      if (token.kind === "close" || token.kind === "rightParenthesis" || token.kind === "end") {
        return { operands, at, source: this.#source.slice(at, token.at).trim() };
      }
      operands.push(this.#operand(context));
    }
  }

  #fields(): string[] {
    const names: string[] = [];
    while (this.#peek().kind === "field") names.push(this.#next().value);
    return names;
  }

  /** Go reports the position of the first field after the operand. */
  #operand(context: string): Operand {
    const token = this.#next();
    const plain = this.#term(token, context);
    const chain = this.#peek().at;
    const names = this.#fields();
    const source = this.#source.slice(token.at, this.#peek().at).trim();
    if (names.length === 0) return { ...plain, source };
    switch (plain.kind) {
      case "literal":
      case "nil":
        throw this.#fail(`unexpected . after term ${JSON.stringify(plain.source)}`, token);
      case "dot":
        return { kind: "field", names, at: chain, source };
      case "field":
      case "variable":
        return { ...plain, names: [...plain.names, ...names], at: chain, source };
      default:
        return { kind: "chain", of: plain, names, at: chain, source };
    }
  }

  #term(token: Token, context: string): Operand {
    const { at, value } = token;
    const source = value;
    switch (token.kind) {
      case "identifier":
        if (value === "true" || value === "false") return { kind: "literal", value: value === "true", at, source };
        if (value === "nil") return { kind: "nil", at, source };
        if (!this.#functions.has(value)) throw this.#fail(`function ${JSON.stringify(value)} not defined`, token);
        return { kind: "function", name: value, at, source };
      case "dot":
        return { kind: "dot", at, source };
      case "field":
        return { kind: "field", names: [value], at, source };
      case "variable":
        if (!this.#variables.includes(`$${value}`)) throw this.#fail(`undefined variable "$${value}"`, token);
        return { kind: "variable", name: `$${value}`, names: [], at, source };
      case "string":
        return { kind: "literal", value, at, source };
      case "character":
        return { kind: "literal", value: value.codePointAt(0) ?? 0, at, source };
      case "number":
        return { kind: "literal", value: this.#number(token), at, source };
      case "leftParenthesis":
        return { kind: "pipeline", pipeline: this.#pipeline("parenthesized pipeline", "rightParenthesis"), at, source };
      default:
        throw this.#unexpected(token, context === "command" ? "operand" : context);
    }
  }

  #number({ value, at }: Token): number | bigint {
    const plain = value.replaceAll("_", "");
    const number = Number(plain.replace(/^[+-](?=0[xXbBoO])/, "")) * (/^-0[xXbBoO]/.test(plain) ? -1 : 1);
    if (Number.isNaN(number)) throw syntaxError(this.#source, at, `bad number syntax: ${JSON.stringify(value)}`);
    return /^[+-]?\d+$/.test(plain) && !Number.isSafeInteger(number) ? BigInt(plain) : number;
  }
}

/**
 * @param functions the names of the known functions
 * @throws TemplateSyntaxError
 */
export function parseTemplate(source: string, functions: ReadonlySet<string>): ParsedTemplate {
  const parser = new TemplateParser(source, functions);
  const root = parser.parse();
  return { source, root, defined: parser.defined };
}
