// The program's name as part of a shell function's name.

export function shellName(program: string): string {
  return program.replace(/\W/g, "_");
}
