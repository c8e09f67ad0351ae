// How tests fetch pages in other network namespaces.

/** Gives up on an address where nobody is heard within two seconds; who is there may take its time on a busy machine. */
export const fetching = (url: string): string[] => [
  ...["curl", "-sS", "--globoff", "--connect-timeout", "2", "--max-time", "20"],
  url,
];
