import type { DataSet } from '../contract/data-set';
import { runsPerDay } from '../glue/schedule';
import { runDpuHours } from '../glue/sizing';
import { Naming, STAGES, type Stage } from '../naming';
import { all, itemsOf, sum, type Attributes, type EstimateInput, type Item } from './bill';
import { PRICES } from './prices';
import { dailyGb, DAYS_PER_MONTH, MB_PER_GB, runsPerMonth } from './workload';

/** What a crawl takes, and the least time that it is billed for. Source: AWS Glue pricing. */
const CRAWL_DPU_HOURS = 2 * (10 / 60);

/** Hours that the stages and the crawlers compute, each run with all workers that its job may have. */
export function glueItems(input: EstimateInput): Item[] {
  const item = itemsOf('Glue');
  const naming = new Naming(input.environment.name);
  const jobs = new Map(all(input, 'aws_glue_job').map((job) => [job.name, job]));
  const hours = (stage: Stage, executionClass: string) =>
    sum(input.datasets, (dataset) => {
      const job = jobs.get(naming.job(stage, dataset.name))!;
      const runs = !input.environment.standby && job.execution_class === executionClass;
      return runs ? dpuHours(stage, dataset, job) : 0;
    });
  const crawls = sum(all(input, 'aws_glue_crawler'), ({ schedule }) => (schedule ? runsPerDay(schedule) : 0));
  return [
    ...STAGES.flatMap((stage) => [
      item(stage, hours(stage, 'STANDARD'), 'DPU-hours', PRICES.glueDpuHour),
      item(`${stage}, flexible`, hours(stage, 'FLEX'), 'DPU-hours', PRICES.glueFlexDpuHour),
    ]),
    item('crawlers', crawls * DAYS_PER_MONTH * CRAWL_DPU_HOURS, 'DPU-hours', PRICES.glueDpuHour),
  ];
}

function dpuHours(
  stage: Stage,
  dataset: DataSet,
  { worker_type: type, number_of_workers: workers }: Attributes,
): number {
  const runs = runsPerMonth(dataset);
  const mb = (dailyGb(dataset) * MB_PER_GB * DAYS_PER_MONTH) / runs;
  return runs * runDpuHours(stage, mb, { workerType: type, numberOfWorkers: workers });
}
