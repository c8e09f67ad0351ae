// Converts the program's name to a valid part of a shell function name.

export function shellName(program: string): string {
  return program.replace(/\W/g, "_");
}
