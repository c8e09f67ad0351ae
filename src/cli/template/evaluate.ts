// Executes a parsed Go template.
import { arityProblem, FunctionError, templateFunctions } from "./functions.ts";
import type { CommandNode, Operand, ParsedTemplate, Pipeline, Position, TemplateNode } from "./nodes.ts";
import {
  isMethod,
  isPlainObject,
  isTrue,
  Mapping,
  type Method,
  mapEntries,
  Nil,
  printed,
  Struct,
  typeName,
} from "./values.ts";

/** Execution error with Go's message. */
export class TemplateExecutionError extends Error {}

export interface EvaluateOptions {
  functions?: Readonly<Record<string, Method>> | undefined;
  /** Makes a missing map key an error instead of "<no value>". */
  strictKeys?: boolean | undefined;
}

type Control = "break" | "continue" | undefined;

interface Variable {
  name: string;
  value: unknown;
}

class Evaluation {
  readonly #template: ParsedTemplate;
  readonly #functions: Readonly<Record<string, Method>>;
  readonly #strictKeys: boolean;
  #variables: Variable[];
  #output = "";

  constructor(template: ParsedTemplate, options: EvaluateOptions, data: unknown) {
    this.#template = template;
    this.#functions = options.functions ?? templateFunctions;
    this.#strictKeys = options.strictKeys ?? false;
    this.#variables = [{ name: "$", value: data }];
  }

  run(data: unknown): string {
    this.#walk(this.#template.root, data);
    return this.#output;
  }

  #fail({ at, source }: Position, message: string): TemplateExecutionError {
    const before = this.#template.source.slice(0, at);
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    return new TemplateExecutionError(`template: :${line}:${column}: executing "" at <${source}>: ${message}`);
  }

  #walk(nodes: readonly TemplateNode[], dot: unknown): Control {
    for (const node of nodes) {
      const control = this.#node(node, dot);
      if (control) return control;
    }
    return undefined;
  }

  #node(node: TemplateNode, dot: unknown): Control {
    switch (node.kind) {
      case "text":
        this.#output += node.text;
        return undefined;
      case "action": {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.#output += this.#shown(value, node.pipeline);
        return undefined;
      }
      case "if":
      case "with":
        return this.#condition(node, dot);
      case "range":
        return this.#range(node, dot);
      case "template":
        this.#call(node, dot);
        return undefined;
      default:
        return node.kind;
    }
  }

  #shown(value: unknown, position: Position): string {
    if (isMethod(value)) throw this.#fail(position, `can't print ${position.source} of type func()`);
    return printed(value, "<no value>");
  }

  #condition(node: Extract<TemplateNode, { kind: "if" | "with" | "range" }>, dot: unknown): Control {
    const scope = this.#variables.length;
    const value = this.#pipeline(node.pipeline, dot);
    const control = isTrue(value)
      ? this.#walk(node.body, node.kind === "with" ? value : dot)
      : this.#walk(node.otherwise ?? [], dot);
    this.#variables.length = scope;
    return control;
  }

  #items(value: unknown, position: Position): [unknown, unknown][] {
    if (value === undefined || value === null || value instanceof Nil) return [];
    if (Array.isArray(value)) return value.map((item, index): [unknown, unknown] => [index, item]);
    if (typeof value === "number" && Number.isInteger(value)) {
      return Array.from({ length: Math.max(0, value) }, (_, index): [unknown, unknown] => [index, index]);
    }
    const entries = mapEntries(value);
    if (entries) return entries;
    throw this.#fail(position, `range can't iterate over ${printed(value)}`);
  }

  #range(node: Extract<TemplateNode, { kind: "if" | "with" | "range" }>, dot: unknown): Control {
    const scope = this.#variables.length;
    const { variables, assigns } = node.pipeline;
    const value = this.#commands(node.pipeline, dot);
    const items = this.#items(value, node.pipeline);
    const [first, second] = variables;
    for (const [key, item] of items) {
      if (first !== undefined) this.#bind(first, second === undefined ? item : key, assigns);
      if (second !== undefined) this.#bind(second, item, assigns);
      const control = this.#walk(node.body, item);
      this.#variables.length = scope;
      if (control === "break") break;
    }
    if (items.length > 0) return undefined;
    const control = this.#walk(node.otherwise ?? [], dot);
    this.#variables.length = scope;
    return control;
  }

  #call(node: Extract<TemplateNode, { kind: "template" }>, dot: unknown): void {
    const body = this.#template.defined.get(node.name);
    if (!body) throw this.#fail(node.position, `template ${JSON.stringify(node.name)} not defined`);
    const data = node.pipeline ? this.#pipeline(node.pipeline, dot) : undefined;
    const outer = this.#variables;
    this.#variables = [{ name: "$", value: data }];
    this.#walk(body, data);
    this.#variables = outer;
  }

  #bind(name: string, value: unknown, assigns: boolean): void {
    const known = assigns ? this.#variables.findLast((variable) => variable.name === name) : undefined;
    if (known) known.value = value;
    else this.#variables.push({ name, value });
  }

  #pipeline(pipeline: Pipeline, dot: unknown): unknown {
    const value = this.#commands(pipeline, dot);
    for (const name of pipeline.variables) this.#bind(name, value, pipeline.assigns);
    return value;
  }

  #commands(pipeline: Pipeline, dot: unknown): unknown {
    let last: readonly unknown[] = [];
    for (const command of pipeline.commands) last = [this.#command(command, dot, last)];
    return last[0];
  }

  #command(command: CommandNode, dot: unknown, final: readonly unknown[]): unknown {
    const [first, ...rest] = command.operands;
    if (!first) throw this.#fail(command, "empty command");
    const values = () => [...rest.map((operand) => this.#operand(operand, dot)), ...final];
    switch (first.kind) {
      case "function":
        return this.#function(first.name, rest, values, command, dot, final);
      case "field":
        return this.#fields(dot, first.names, values(), first);
      case "variable":
        if (first.names.length === 0) break;
        return this.#fields(this.#variable(first.name), first.names, values(), first);
      case "chain":
        return this.#fields(this.#operand(first.of, dot), first.names, values(), first);
      case "nil":
        throw this.#fail(command, "nil is not a command");
    }
    const value = this.#operand(first, dot);
    if (rest.length > 0 || final.length > 0)
      throw this.#fail(first, `can't give argument to non-function ${first.source}`);
    return value;
  }

  #function(
    name: string,
    operands: readonly Operand[],
    values: () => unknown[],
    position: Position,
    dot: unknown,
    final: readonly unknown[],
  ): unknown {
    if (name === "and" || name === "or") return this.#shortCircuit(name, operands, dot, final);
    const callee = this.#functions[name];
    if (!callee) throw this.#fail(position, `${JSON.stringify(name)} is not a defined function`);
    const given = values();
    const problem = arityProblem(name, callee, given.length);
    if (problem !== undefined) throw this.#fail({ ...position, source: name }, problem);
    try {
      return callee(...given);
    } catch (thrown) {
      if (thrown instanceof FunctionError) throw this.#fail(position, `error calling ${name}: ${thrown.message}`);
      throw thrown;
    }
  }

  /** `and` and `or`: the first deciding value, or the last one. */
  #shortCircuit(name: "and" | "or", operands: readonly Operand[], dot: unknown, final: readonly unknown[]): unknown {
    let value: unknown;
    for (const operand of operands) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return final.length > 0 ? final[0] : value;
  }

  #variable(name: string): unknown {
    return this.#variables.findLast((variable) => variable.name === name)?.value;
  }

  #operand(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return undefined;
      case "literal":
        return operand.value;
      case "field":
        return this.#fields(dot, operand.names, [], operand);
      case "variable":
        return this.#fields(this.#variable(operand.name), operand.names, [], operand);
      case "chain":
        return this.#fields(this.#operand(operand.of, dot), operand.names, [], operand);
      case "pipeline":
        return this.#pipeline(operand.pipeline, dot);
      case "function":
        return this.#function(operand.name, [], () => [], operand, dot, []);
    }
  }

  /** `.A.B.C` of a value; the arguments belong to the last field. */
  #fields(start: unknown, names: readonly string[], values: readonly unknown[], position: Position): unknown {
    let value = start;
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      value = this.#field(value, name, isLast ? values : [], position);
    }
    return value;
  }

  #field(receiver: unknown, name: string, values: readonly unknown[], position: Position): unknown {
    const value = this.#lookUp(receiver, name, position);
    if (isMethod(value)) {
      try {
        return value(...values);
      } catch (thrown) {
        if (thrown instanceof FunctionError) throw this.#fail(position, `error calling ${name}: ${thrown.message}`);
        throw thrown;
      }
    }
    if (values.length > 0) throw this.#fail(position, `${name} has arguments but cannot be invoked as function`);
    return value;
  }

  #lookUp(receiver: unknown, name: string, position: Position): unknown {
    if (receiver instanceof Struct) {
      const fields = receiver.fieldsWith(name);
      if (fields) return fields[name];
      throw this.#fail(position, `can't evaluate field ${name} in type ${receiver.typeName}`);
    }
    if (receiver instanceof Nil) {
      throw this.#fail(position, `nil pointer evaluating ${receiver.typeName}.${name}`);
    }
    if (receiver === undefined || receiver === null) {
      throw this.#fail(position, `nil pointer evaluating interface {}.${name}`);
    }
    const entries = receiver instanceof Mapping ? receiver.entries : receiver;
    if (isPlainObject(entries)) {
      if (Object.hasOwn(entries, name)) return entries[name];
      if (this.#strictKeys) throw this.#fail(position, `map has no entry for key ${JSON.stringify(name)}`);
      return undefined;
    }
    throw this.#fail(position, `can't evaluate field ${name} in type ${typeName(receiver)}`);
  }
}

/** @throws TemplateExecutionError */
export function evaluateTemplate(template: ParsedTemplate, data: unknown, options: EvaluateOptions = {}): string {
  return new Evaluation(template, options, data).run(data);
}
