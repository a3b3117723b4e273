import { Predicate } from '@aws-sdk/client-glue';

/**
 * True once what a conditional trigger waits for has come about.
 *
 * @param states state of the last run of each job, by the job's name
 */
export function isMet({ Conditions = [], Logical = 'AND' }: Predicate, states: ReadonlyMap<string, string>): boolean {
  const met = Conditions.map(({ JobName, State }) => JobName !== undefined && states.get(JobName) === State);
  return Logical === 'ANY' ? met.some(Boolean) : met.length > 0 && met.every(Boolean);
}
