// What a block of code may consist of.

export interface Block {
  /** A file that its first line says how to run. */
  readonly script?: string | undefined;
  /** A file, or '-m' or '-c' for what the first word is then. */
  readonly python?: string | undefined;
  readonly node?: string | undefined;
  /** Where python finds modules. */
  readonly paths?: readonly string[] | undefined;
  /** FILE or FILE:path.to.part. */
  readonly params?: string | undefined;
}

/** Whether there is a command in it, and not parameters alone. */
export function isCode({script, python, node}: Block = {}): boolean {
  return [script, python, node].some((each) => each !== undefined);
}
