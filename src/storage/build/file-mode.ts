// `--chmod`: an octal number, or chmod(1)'s symbolic form ("u=rwX,go=rX").
import { BerthError } from "../../api/errors.ts";

/** Maps old permissions to new ones. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const OCTAL = /^[0-7]{1,5}$/;
const CLAUSE = /^([ugoa]*)([-+=])([rwxXst]*)$/;
const LARGEST = 0o7777;

/** Bit positions of each class, and its special bit. */
const classes = {
  u: { shift: 6, special: 0o4000 },
  g: { shift: 3, special: 0o2000 },
  o: { shift: 0, special: 0 },
} as const;
const bits = { r: 4, w: 2, x: 1 } as const;

/** @throws BerthError invalidParameter */
export function modeChange(text: string): ModeChange {
  if (OCTAL.test(text) && Number.parseInt(text, 8) <= LARGEST) return () => Number.parseInt(text, 8);
  const clauses = text.split(",").map((clause) => {
    const [, who, operation = "", permissions = ""] = CLAUSE.exec(clause) ?? [];
    if (who === undefined) {
      throw new BerthError(
        "invalidParameter",
        `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
      );
    }
    return { who: who === "" || who.includes("a") ? "ugo" : who, operation, permissions };
  });
  return (mode, isDirectory) =>
    clauses.reduce((present, { who, operation, permissions }) => {
      const { all, wanted } = maskOf(who, permissions, isDirectory || (present & 0o111) !== 0);
      if (operation === "+") return present | wanted;
      return operation === "-" ? present & ~wanted : (present & ~all) | wanted;
    }, mode);
}

/** The bits that a clause sets, and all bits of its classes. */
function maskOf(who: string, permissions: string, executes: boolean): { all: number; wanted: number } {
  let all = 0;
  let wanted = permissions.includes("t") ? 0o1000 : 0;
  for (const name of ["u", "g", "o"] as const) {
    if (!who.includes(name)) continue;
    const { shift, special } = classes[name];
    all |= (7 << shift) | special;
    for (const bit of ["r", "w", "x"] as const) if (permissions.includes(bit)) wanted |= bits[bit] << shift;
    if (permissions.includes("X") && executes) wanted |= bits.x << shift;
    if (permissions.includes("s")) wanted |= special;
  }
  return { all, wanted };
}
