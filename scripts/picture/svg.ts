// Draws terminal lines as an SVG.

export interface Line {
  kind: "command" | "output";
  text: string;
}

const COLUMNS = 118;
const LINE_HEIGHT = 20;
const CHARACTER_WIDTH = 8.4;
const MARGIN = 20;
const TITLE_HEIGHT = 36;

export function svgOf(lines: readonly Line[]): string {
  const rows = lines.flatMap((line) => folded(line));
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH) + 2 * MARGIN;
  const height = TITLE_HEIGHT + rows.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = rows.map((row, index) => textOf(row, TITLE_HEIGHT + MARGIN + (index + 0.75) * LINE_HEIGHT));
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map(
    (colour, index) => `<circle cx="${22 + index * 20}" cy="18" r="6" fill="${colour}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">
<title>A container is started, answers on a published port, is listed, entered and stopped</title>
<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
${dots.join("")}
${texts.join("\n")}
</svg>
`;
}

/** Wraps long lines, as terminals do. */
function folded({ kind, text }: Line): Line[] {
  const prompt = kind === "command" ? "$ " : "";
  const whole = prompt + text;
  const rows: Line[] = [];
  for (let at = 0; at === 0 || at < whole.length; at += COLUMNS) {
    rows.push({ kind: at === 0 ? kind : "output", text: whole.slice(at, at + COLUMNS) });
  }
  return rows;
}

function textOf({ kind, text }: Line, y: number): string {
  const colour = kind === "command" ? "#7ee787" : "#c9d1d9";
  return `<text x="${MARGIN}" y="${y}" fill="${colour}" xml:space="preserve">${escaped(text)}</text>`;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
