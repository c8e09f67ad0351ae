// Line icons, 24 by 24, in the text's colour.

const paths = {
  berth: "M3 15h18l-3 5H6zM7 9h10v6M10 4h4v5",
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM14 4v3h6V4zM4 17v3h6v-3z",
  container: "M3 7l9-4 9 4v10l-9 4-9-4zM3 7l9 4 9-4M12 11v10",
  image: "M12 3l9 5-9 5-9-5zM3 12l9 5 9-5M3 16l9 5 9-5",
  network: "M12 3v5M5 21v-4h14v4M12 8a2 2 0 100 .1M12 10v7M5 17h14",
  volume: "M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0zM4 6c0 4 16 4 16 0M4 12c0 4 16 4 16 0",
  project: "M3 5h7l2 3h9v11H3z",
  event: "M4 12h4l3-8 4 16 3-8h3",
  play: "M7 4l13 8-13 8z",
  stop: "M6 6h12v12H6z",
  pause: "M7 5v14M17 5v14",
  restart: "M20 12a8 8 0 11-3-6l3 3M20 4v5h-5",
  remove: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  more: "M5 11a1 1 0 100 2 1 1 0 000-2M12 11a1 1 0 100 2 1 1 0 000-2M19 11a1 1 0 100 2 1 1 0 000-2",
  chevron: "M9 6l6 6-6 6",
  search: "M11 4a7 7 0 100 14 7 7 0 000-14M16 16l5 5",
  plus: "M12 5v14M5 12h14",
  copy: "M8 8h12v12H8zM4 16V4h12",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  upload: "M12 16V4M7 9l5-5 5 5M5 20h14",
  terminal: "M4 5h16v14H4zM7 9l3 3-3 3M12 15h5",
  close: "M6 6l12 12M18 6L6 18",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  check: "M5 12l5 5 9-10",
  logs: "M4 6h16M4 11h16M4 16h10",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  tag: "M4 4h8l8 8-8 8-8-8zM8 8h.1",
  external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.1",
  link: "M9 15l6-6M8 11l-3 3a4 4 0 005.7 5.7L14 16.5M16 13l3-3a4 4 0 00-5.7-5.7L10 7.5",
  sliders: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  leave: "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  light:
    "M12 8a4 4 0 100 8 4 4 0 000-8M12 3v1M12 20v1M3 12h1M20 12h1M5.6 5.6l.7.7M17.7 17.7l.7.7M5.6 18.4l.7-.7M17.7 6.3l.7-.7",
  dark: "M20 14A8 8 0 0110 4a8 8 0 1010 10z",
  lock: "M6 11h12v9H6zM9 11V7a3 3 0 016 0v4",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
