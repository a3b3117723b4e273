import type { Workflow } from '@aws-sdk/client-glue';
import { Naming } from '../modules/naming';
import type { MonitoringEnvironment } from './environment';
import { getWorkflows } from './glue';
import { getPublishedAt } from './memory-table';

/** How old data sets are in seconds, by name: since rows were last published, or since the workflow was made. */
export type Ages = ReadonlyMap<string, number>;

/** The ages of data sets, and the workflows that there are of them. */
export async function getAges(
  names: readonly string[],
  now: Date,
  { environment, monitoringTable }: MonitoringEnvironment,
): Promise<{ ages: Ages; workflows: Workflow[] }> {
  const naming = new Naming(environment);
  const [workflows, publishedAt] = await Promise.all([
    getWorkflows(names.map((name) => naming.workflow(name))),
    getPublishedAt(monitoringTable, names),
  ]);
  const createdOn = new Map(workflows.map(({ Name, CreatedOn }) => [Name, CreatedOn]));
  const ages = names.flatMap((name) => {
    const since = publishedAt.get(name) ?? createdOn.get(naming.workflow(name));
    return since === undefined ? [] : [[name, (now.getTime() - new Date(since).getTime()) / 1000] as const];
  });
  return { ages: new Map(ages), workflows };
}
