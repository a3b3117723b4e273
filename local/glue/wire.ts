/** A shape of the Glue API as it travels and is kept: instants are seconds since the epoch. */
export type Wire<T> = T extends Date
  ? number
  : T extends (infer Element)[]
    ? Wire<Element>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

/** An action of the Glue API: request in, response out. */
export type Action = (request: never) => unknown;
export type Actions = Record<string, Action>;

/** An error as the Glue API states it; SDKs turn `code` into an exception of that name. */
export class GlueError extends Error {
  constructor(
    readonly code:
      | 'AlreadyExistsException'
      | 'ConcurrentRunsExceededException'
      | 'EntityNotFoundException'
      | 'IllegalWorkflowStateException'
      | 'InvalidInputException'
      | 'OperationNotSupportedException',
    message: string,
  ) {
    super(message);
  }
}

export const now = () => Date.now() / 1000;

interface Paging {
  MaxResults?: number;
  NextToken?: string;
}

/** A page of a list under `field`; the token is the place in the list where the next page begins. */
export function page<T>(field: string, items: T[], { MaxResults = 100, NextToken = '0' }: Paging) {
  const start = Number(NextToken);
  if (!Number.isInteger(start)) throw new GlueError('InvalidInputException', `NextToken is invalid: ${NextToken}`);
  const end = start + MaxResults;
  return { [field]: items.slice(start, end), ...(end < items.length && { NextToken: String(end) }) };
}
