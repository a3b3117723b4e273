/** Where a stack is deployed. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** ARN of a resource of this account and Region. */
export function arn({ partition, region, accountId }: Account, service: string, name: string): string {
  return `arn:${partition}:${service}:${region}:${accountId}:${name}`;
}
