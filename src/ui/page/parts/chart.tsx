// A small chart of values over time, in the theme's colours.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { isDark } from "../theme.ts";

export interface ChartLine {
  title: string;
  values: readonly number[];
}

export interface ChartProps {
  title: string;
  /** The newest values as text. */
  now: string;
  /** Seconds since 1970. */
  times: readonly number[];
  lines: readonly ChartLine[];
  format(value: number): string;
}

const HEIGHT = 140;
/** Minimum time span of a chart. */
const MIN_SECONDS = 60;
const colours = ["--accent", "--warn"] as const;

export function Chart({ title, now, times, lines, format }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => resolved(current, style.getPropertyValue(name));
    const font = `11px ${getComputedStyle(current).fontFamily}`;
    const axis = {
      font,
      stroke: colour("--quiet"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const chart = new uPlot(
      {
        width: current.clientWidth,
        height: HEIGHT,
        padding: [8, 6, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.15 : 1] },
        },
        axes: [
          { ...axis, size: 24, gap: 6, space: 90, values: (_plot, values) => values.map(clock) },
          { ...axis, size: 66, values: (_plot, values) => values.map(format) },
        ],
        series: [
          {},
          ...lines.map(({ title: label }, index) => {
            const stroke = colour(colours[index] ?? "--accent");
            return { label, stroke, width: 1.5, points: { show: false }, ...(index === 0 && { fill: `${stroke}22` }) };
          }),
        ],
      },
      [[], ...lines.map(() => [])],
      current,
    );
    plot.current = chart;
    chart.setData([[...times], ...lines.map(({ values }) => [...values])], false);
    const observer = new ResizeObserver(() => chart.setSize({ width: current.clientWidth, height: HEIGHT }));
    observer.observe(current);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [isDark.value]);
  useEffect(() => {
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined) return;
    plot.current?.setData([[...times], ...lines.map(({ values }) => [...values])], false);
    plot.current?.setScale("x", { min: Math.min(first, last - MIN_SECONDS), max: last });
  }, [times, isDark.value]);
  return (
    <figure class="card chart">
      <figcaption>
        <span>{title}</span>
        <strong>{now}</strong>
      </figcaption>
      <div ref={element} role="img" aria-label={`${title}: ${now}`} />
    </figure>
  );
}

const clock = (seconds: number): string => new Date(seconds * 1000).toLocaleTimeString(undefined, { hour12: false });

/** A theme colour as "#rrggbb", which canvases need: a theme variable has separate values for light and dark. */
function resolved(element: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.append(probe);
  const numbers = getComputedStyle(probe).color.match(/\d+/g) ?? [];
  probe.remove();
  return `#${numbers
    .slice(0, 3)
    .map((number) => Number(number).toString(16).padStart(2, "0"))
    .join("")}`;
}
