// Parses YAML to plain data, with the positions of values for messages and the paths tagged `!reset` or `!override`. A
// file that is too large, too deep or expands its aliases too much is rejected.
import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";
import { ComposeError } from "./compose-error.ts";
import { type Mapping, mapping, type Path, type Value } from "./value.ts";
import { plainValue } from "./yaml-scalars.ts";

/** Maximum size of a Compose file. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Maximum number of values in one document after alias expansion. */
const MAX_NODES = 100_000;

const MAX_DEPTH = 200;

const TOO_DEEP = `compose file is nested deeper than ${MAX_DEPTH} levels`;

export interface YamlDocument {
  value: Value;
  /** Paths whose value in earlier files is dropped before merging this one. */
  resets: readonly Path[];
  /** "line:column" of the value at a path, or of its deepest existing ancestor. */
  locate(path: Path): { place: string; depth: number };
}

type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/** A parsed value with its aliases resolved. */
type Node = { offset: number; tag: string } & (
  | { kind: "scalar"; event: ScalarEvent }
  | { kind: "sequence"; items: readonly Node[] }
  | { kind: "mapping"; pairs: readonly Pair[] }
  | { kind: "alias"; target: Node | undefined; name: string }
);

interface Pair {
  key: Node;
  value: Node;
}

/** Builds values from the parser's events. */
class Composer {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, Node>();
  #next = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  /** The roots of the documents. */
  documents(): (Node | undefined)[] {
    const roots: (Node | undefined)[] = [];
    for (let event = this.#take(); event; event = this.#take()) {
      if (event.type !== EVENT_ID.DOCUMENT) continue;
      this.#anchors.clear();
      roots.push(this.#node());
    }
    return roots;
  }

  #take(): Event | undefined {
    return this.#events[this.#next++];
  }

  /** The next value; undefined at the end of a collection or document. */
  #node(): Node | undefined {
    const event = this.#take();
    if (!event || event.type === EVENT_ID.POP) return undefined;
    if (event.type === EVENT_ID.DOCUMENT) {
      this.#next--;
      return undefined;
    }
    if (event.type === EVENT_ID.ALIAS) {
      const name = this.#text.slice(event.anchorStart, event.anchorEnd);
      return { kind: "alias", offset: event.anchorStart - 1, tag: "", name, target: this.#anchors.get(name) };
    }
    const tag = event.tagStart < 0 ? "" : this.#text.slice(event.tagStart, event.tagEnd);
    const anchor = event.anchorStart < 0 ? undefined : this.#text.slice(event.anchorStart, event.anchorEnd);
    const register = <N extends Node>(node: N): N => {
      if (anchor !== undefined) this.#anchors.set(anchor, node);
      return node;
    };
    if (event.type === EVENT_ID.SCALAR) {
      const offset = event.style === SCALAR_STYLE.PLAIN ? event.valueStart : event.valueStart - 1;
      return register({ kind: "scalar", offset: Math.max(0, offset), tag, event });
    }
    const children: Node[] = [];
    if (event.type === EVENT_ID.SEQUENCE) {
      const node = register({ kind: "sequence", offset: event.start, tag, items: children });
      for (let item = this.#node(); item; item = this.#node()) children.push(item);
      return node;
    }
    const pairs: Pair[] = [];
    const node = register({ kind: "mapping", offset: event.start, tag, pairs });
    for (let key = this.#node(); key; key = this.#node()) {
      const value = this.#node();
      if (value) pairs.push({ key, value });
    }
    return node;
  }
}

type Failure = (words: string, offset?: number) => ComposeError;

class Reader {
  readonly resets: Path[] = [];
  readonly #text: string;
  readonly #fail: Failure;
  readonly #line: (offset: number) => number;
  readonly #open = new Set<Node>();
  /** Keys and indexes from the root to the current value. */
  readonly #path: string[] = [];
  #nodes = 0;

  constructor(text: string, fail: Failure, line: (offset: number) => number) {
    this.#text = text;
    this.#fail = fail;
    this.#line = line;
  }

  read(node: Node): Value {
    if (++this.#nodes > MAX_NODES) throw this.#fail(`compose file exceeds maximum node visit limit (${MAX_NODES})`);
    if (this.#path.length > MAX_DEPTH) throw this.#fail(TOO_DEEP, node.offset);
    if (node.tag === "!override") this.resets.push([...this.#path]);
    if (node.kind === "scalar") return this.#scalar(node.event, node.tag);
    if (this.#open.has(node)) {
      throw this.#fail(`cycle detected: node at path ${this.#path.join(".")} references itself`);
    }
    this.#open.add(node);
    const value = this.#collection(node);
    this.#open.delete(node);
    return value;
  }

  #below(key: string, node: Node): Value {
    this.#path.push(key);
    const value = this.read(node);
    this.#path.pop();
    return value;
  }

  #collection(node: Exclude<Node, { kind: "scalar" }>): Value {
    if (node.kind === "mapping") return this.#mapping(node.pairs);
    if (node.kind === "alias") {
      if (!node.target) throw this.#fail(`unknown anchor '${node.name}' referenced`, node.offset);
      return this.read(node.target);
    }
    const kept = node.items.filter(({ tag }) => tag !== "!reset");
    return kept.map((item, index) => this.#below(String(index), item));
  }

  #scalar(event: ScalarEvent, tag: string): Value {
    const text = getScalarValue(this.#text, event);
    return event.style === SCALAR_STYLE.PLAIN && tag !== "!!str" && tag !== "!" ? plainValue(text) : text;
  }

  #mapping(pairs: readonly Pair[]): Mapping {
    const made = mapping();
    const offsets = new Map<string, number>();
    const merged: Mapping[] = [];
    for (const { key, value } of pairs) {
      const name = this.#key(key);
      if (name === "<<" && key.kind === "scalar" && key.event.style === SCALAR_STYLE.PLAIN) {
        merged.push(...this.#merged(value));
        continue;
      }
      const earlier = offsets.get(name);
      if (earlier !== undefined) {
        const words = `mapping key ${JSON.stringify(name)} already defined at line ${this.#line(earlier)}`;
        throw this.#fail(words, key.offset);
      }
      offsets.set(name, key.offset);
      if (value.tag === "!reset") this.resets.push([...this.#path, name]);
      else made[name] = this.#below(name, value);
    }
    for (const source of merged) {
      for (const [name, value] of Object.entries(source)) if (!(name in made)) made[name] = value;
    }
    return made;
  }

  /** The content of a merge key: one mapping, or several of which the first takes precedence. */
  #merged(node: Node): Mapping[] {
    const read = this.read(node);
    const sources = Array.isArray(read) ? read : [read];
    return sources.map((source) => {
      if (typeof source === "object" && source !== null && !Array.isArray(source)) return source;
      throw this.#fail("map merge requires map or sequence of maps as the value", node.offset);
    });
  }

  #key(node: Node): string {
    const key = this.read(node);
    if (typeof key === "string") return key;
    const where = this.#path.length === 0 ? "at top level" : `in ${shownKey(this.#path)}`;
    throw this.#fail(`non-string key ${where}: ${JSON.stringify(key)}`, node.offset);
  }
}

/** "networks.default.ipam.config[0]" */
const shownKey = (path: Path): string =>
  path.map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`)).join("");

/** The value at a path in a document, and how much of the path exists. */
function find(root: Node | undefined, path: Path, text: string): { offset: number; depth: number } {
  let node = root;
  let offset = root?.offset ?? 0;
  for (const [depth, key] of path.entries()) {
    while (node?.kind === "alias") node = node.target;
    const child = childOf(node, key, text);
    if (!child) return { offset, depth };
    offset = child.offset;
    node = child.node;
  }
  return { offset, depth: path.length };
}

function childOf(node: Node | undefined, key: string, text: string): { node: Node; offset: number } | undefined {
  if (node?.kind === "sequence") {
    const item = node.items[Number(key)];
    return item && { node: item, offset: item.offset };
  }
  if (node?.kind !== "mapping") return undefined;
  const pair = node.pairs.find(({ key: name }) => name.kind === "scalar" && getScalarValue(text, name.event) === key);
  return pair && { node: pair.value, offset: pair.key.offset };
}

/** The start offsets of lines, to convert offsets to positions. */
class Lines {
  readonly #text: string;
  #starts: number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  at(offset: number): { line: number; column: number } {
    this.#starts ??= [0, ...Array.from(this.#text.matchAll(/\n/g), ({ index }) => index + 1)];
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}

function readEvents(text: string, fail: Failure): readonly Event[] {
  try {
    return parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    const { reason, mark } = thrown;
    throw fail(/depth|nest/i.test(reason) ? TOO_DEEP : reason, mark?.position);
  }
}

/**
 * @param name the file's name for messages
 * @throws ComposeError with the file's name, line and column
 */
export function parseYaml(text: string, name: string): YamlDocument[] {
  const lines = new Lines(text);
  const place = (offset: number): string => {
    const { line, column } = lines.at(offset);
    return `${line}:${column}`;
  };
  const fail: Failure = (words, offset) =>
    new ComposeError(`failed to parse ${name}${offset === undefined ? "" : `:${place(offset)}`}: ${words}`);
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) throw fail(`file is larger than ${MAX_FILE_BYTES} bytes`);
  const control = text.search(CONTROL_CHARACTER);
  if (control >= 0) throw fail("control characters are not allowed", control);
  return new Composer(text, readEvents(text, fail)).documents().map((root) => {
    const reader = new Reader(text, fail, (offset) => lines.at(offset).line);
    const value = root ? reader.read(root) : null;
    const locate = (path: Path) => {
      const { offset, depth } = find(root, path, text);
      return { place: place(offset), depth };
    };
    return { value, resets: reader.resets, locate };
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what YAML forbids.
const CONTROL_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
