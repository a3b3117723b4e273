const TRACEBACK = 'Traceback (most recent call last):';

/**
 * What a job died of, in its own words: the exception at the end of its last Python traceback, with the Java exception
 * at the bottom of it where there is one; else the exit code.
 *
 * @param output what the script wrote, to both streams
 */
export function failureMessage(output: string, exitCode: number | null): string {
  return ofScript(output) ?? `Command failed with exit code ${exitCode ?? 'none: a signal ended it'}`;
}

function ofScript(output: string): string | undefined {
  const start = output.lastIndexOf(TRACEBACK);
  if (start < 0) return undefined;
  const lines = output.slice(start + TRACEBACK.length).split('\n');
  const exception = lines.findIndex((line) => /^[A-Za-z_][\w.]*(:|$)/.test(line));
  // Py4J puts the Java exception on the line after its own, behind a colon, and its causes after that.
  const causes = lines.slice(exception + 1).flatMap((line) => /^(?:: |\s*Caused by: )(.+)/.exec(line)?.[1] ?? []);
  return [lines[exception], causes.at(-1)].filter(Boolean).join(' ').trim() || undefined;
}
