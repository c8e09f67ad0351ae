// One terminal's screen.
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { useEffect, useRef } from "preact/hooks";
import { frames } from "../../../client/streams.ts";
import type { EngineStream } from "../engine/stream.ts";
import { texts } from "../texts/index.ts";
import type { Session } from "./sessions.ts";

const FONT = '"JetBrains Mono Variable", "DejaVu Sans Mono", Menlo, Consolas, monospace';
const FONT_SIZE = 13;

export interface ScreenProps {
  /** @param size rows and columns */
  open(size: [number, number]): Promise<Session>;
  hidden: boolean;
  onStatus(text: string): void;
}

export function Screen({ open, hidden, onStatus }: ScreenProps) {
  const element = useRef<HTMLDivElement>(null);
  const shown = useRef<Terminal>(undefined);
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const terminal = new Terminal({
      cursorBlink: true,
      fontFamily: FONT,
      fontSize: FONT_SIZE,
      screenReaderMode: true,
      theme: { background: "#0d1117", foreground: "#d9e0ea", cursor: "#7cb0ff", selectionBackground: "#2f4d7a" },
    });
    shown.current = terminal;
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    let session: Session | undefined;
    let isGone = false;
    const encoder = new TextEncoder();
    terminal.onData((data) => session?.stream.write(encoder.encode(session.tty ? data : echo(terminal, data))));
    terminal.onBinary((data) => session?.stream.write(Uint8Array.from(data, (character) => character.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => void session?.resize({ h: rows, w: cols }).catch(() => {}));
    const observer = new ResizeObserver(() => {
      // A hidden screen has no size to fit.
      if (current.clientWidth > 0) fit.fit();
    });
    const run = async (): Promise<void> => {
      onStatus(texts.value.terminal.connecting);
      // The size of a cell is measured once, and must be that of the final font.
      await document.fonts.load(`${FONT_SIZE}px ${FONT}`).catch(() => {});
      if (isGone) return;
      terminal.open(current);
      fit.fit();
      terminal.focus();
      observer.observe(current);
      session = await open([terminal.rows, terminal.cols]);
      if (isGone) session.stream.close();
      const { multiplexed } = await session.stream.opened;
      onStatus(texts.value.terminal.connected);
      await session.resize({ h: terminal.rows, w: terminal.cols }).catch(() => {});
      terminal.options.convertEol = !session.tty;
      for await (const bytes of multiplexed ? payloads(session.stream) : session.stream) {
        await new Promise<void>((resolve) => terminal.write(bytes, resolve));
      }
    };
    run().then(
      () => !isGone && onStatus(texts.value.terminal.ended),
      (thrown: unknown) => !isGone && onStatus(thrown instanceof Error ? thrown.message : String(thrown)),
    );
    return () => {
      isGone = true;
      observer.disconnect();
      session?.stream.close();
      terminal.dispose();
    };
  }, []);
  useEffect(() => {
    if (!hidden) shown.current?.focus();
  }, [hidden]);
  return <div class="terminal-frame" ref={element} hidden={hidden} />;
}

/** Without a TTY, input is echoed here. */
function echo(terminal: Terminal, data: string): string {
  const text = data.replaceAll("\r", "\n");
  terminal.write(text);
  return text;
}

async function* payloads(stream: EngineStream): AsyncGenerator<Uint8Array> {
  for await (const { payload } of frames(stream)) yield payload;
}
