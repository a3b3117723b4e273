import type { Environment } from '../../environments/schema';
import type { DataSet, ServiceLevel } from '../contract/data-set';
import { STAGES, type Stage } from '../naming';
import { runsPerDay } from './schedule';

/** What a job runs with, and how long it may take. */
export interface Sizing {
  readonly workerType: WorkerType;
  /** The most that auto scaling brings in; the driver is one of them. */
  readonly numberOfWorkers: number;
  /** After so long a run is stopped. */
  readonly timeoutMinutes: number;
  /** From so long on a run counts as late. */
  readonly lateAfterMinutes: number;
  readonly maxRetries: number;
  readonly executionClass: 'STANDARD' | 'FLEX';
}

type Config = Environment['glue'];
type WorkerType = Config['workerType'];
type Cluster = Pick<Sizing, 'workerType' | 'numberOfWorkers'>;

/**
 * MB of source that a vCPU gets through in a second. docs/performance.md is their source, `npm run bench` measures them;
 * they are for the slowest way of each stage: rows with a key, all of which match one that is there. Workers do not speed
 * up ingest: S3 copies files by itself, and a database sets its own pace.
 */
export const MB_PER_SECOND: Record<Stage, number> = { ingest: Infinity, process: 12, validate: 100, curate: 15 };
/** Workers are as many as get an expected batch done in this time. */
const TARGET_MINUTES = 15;
/** A run may take so many times as long as it is expected to: after an outage it finds what has piled up. */
const PATIENCE = 4;
/** A run that takes half the time after which it is stopped is late. */
const LATE_FRACTION = 0.5;
/** Beyond so many small workers, half as many of twice the size shuffle between fewer. */
const MANY_WORKERS = 40;
/** Time that a batch must have: each of its four runs may wait for spare capacity, and be set back when it goes. */
const FLEX_HOURS = 6;
/** How often a data set counts as run that people or its inputs start. */
const BY_HAND = 'cron(0 0 * * ? *)';
const MB_PER_GB = 1024;
const VCPUS_PER_DPU = 4;
const SECONDS_PER_HOUR = 3600;
/** A run of a job is billed by the second, and no less. Source: AWS Glue pricing. */
const LEAST_SECONDS = 60;

/** Source: AWS Glue developer guide, "Configuring job properties for Spark jobs in AWS Glue"; so are those of FLEX. */
export const VCPUS: Record<WorkerType, number> = { 'G.1X': 4, 'G.2X': 8, 'G.4X': 16, 'G.8X': 32 };
const FLEX_TYPES: readonly WorkerType[] = ['G.1X', 'G.2X'];
/** A driver and a worker. */
const LEAST_WORKERS = 2;
/** Of one job: 299 workers of G.1X, or 149 of G.2X. Source: AWS Glue API reference, `NumberOfWorkers`. */
const MOST_VCPUS = 299 * VCPUS['G.1X'];
/** Source: AWS Glue API reference, `Timeout`. */
const MOST_MINUTES = 10_080;

/**
 * The size of a data set's job: what the environment says of the stage, else what follows from the volume, the schedule
 * and the freshness of the contract, else what the environment says of all jobs.
 */
export function sizeOf(stage: Stage, dataset: DataSet, config: Config): Sizing {
  const own = config.stages[stage] ?? {};
  const batchMb = expectedMb(dataset.serviceLevel);
  const cluster = { ...clusterOf(stage, dataset, config, batchMb), ...own };
  const timeoutMinutes = own.timeoutMinutes ?? timeoutOf(stage, cluster, config, batchMb);
  const isPatient = canWait(dataset.serviceLevel) && FLEX_TYPES.includes(cluster.workerType);
  return {
    executionClass: isPatient ? 'FLEX' : 'STANDARD',
    // A verdict is final.
    maxRetries: stage === 'validate' ? 0 : config.maxRetries,
    ...cluster,
    timeoutMinutes,
    lateAfterMinutes: Math.max(1, Math.floor(timeoutMinutes * LATE_FRACTION)),
  };
}

/** DPU-hours that a run on so many MB of source should take, with all workers that its job may have. */
export function runDpuHours(stage: Stage, batchMb: number, { workerType, numberOfWorkers }: Cluster): number {
  const vcpus = VCPUS[workerType];
  // One of the workers is the driver.
  const seconds = Math.max(LEAST_SECONDS, batchMb / (MB_PER_SECOND[stage] * vcpus * (numberOfWorkers - 1)));
  return (numberOfWorkers * (vcpus / VCPUS_PER_DPU) * seconds) / SECONDS_PER_HOUR;
}

/** DPU-hours that all jobs of a data set should take on a day on which it runs; null if the contract gives no volume. */
export function plannedDpuHours(dataset: DataSet, config: Config): number | null {
  const { schedule } = dataset.serviceLevel;
  const batchMb = expectedMb(dataset.serviceLevel);
  if (batchMb === undefined) return null;
  const ofOneRun = STAGES.map((stage) => runDpuHours(stage, batchMb, sizeOf(stage, dataset, config)));
  return Math.max(1, runsPerDay(schedule ?? BY_HAND)) * ofOneRun.reduce((sum, hours) => sum + hours, 0);
}

/** MB that a run brings in; undefined if the contract gives no volume. */
function expectedMb({ dailyVolumeGb, schedule }: ServiceLevel): number | undefined {
  return dailyVolumeGb === null ? undefined : (dailyVolumeGb * MB_PER_GB) / runsPerDay(schedule ?? BY_HAND);
}

/** Whether the promised freshness leaves time for spare capacity to be waited for. */
function canWait({ latencyHours, schedule }: ServiceLevel): boolean {
  return latencyHours !== null && latencyHours - 24 / runsPerDay(schedule ?? BY_HAND) >= FLEX_HOURS;
}

function clusterOf(stage: Stage, { source }: DataSet, config: Config, batchMb: number | undefined): Cluster {
  const pinned = config.stages[stage]?.workerType;
  // Connections to a database are tasks; of files the driver alone makes copies.
  if (stage === 'ingest') return enough('parallelReads' in source ? source.parallelReads : 0, pinned ?? 'G.1X', config);
  if (batchMb === undefined)
    return { workerType: pinned ?? config.workerType, numberOfWorkers: config.numberOfWorkers };
  const vcpus = batchMb / (MB_PER_SECOND[stage] * TARGET_MINUTES * 60);
  return enough(vcpus, pinned ?? (vcpus > MANY_WORKERS * VCPUS['G.1X'] ? 'G.2X' : 'G.1X'), config);
}

/** As many workers as have these vCPUs, and a driver. */
function enough(vcpus: number, workerType: WorkerType, { maxWorkers }: Config): Cluster {
  const wanted = Math.max(LEAST_WORKERS, Math.ceil(vcpus / VCPUS[workerType]) + 1);
  const most = Math.floor(MOST_VCPUS / VCPUS[workerType]);
  return { workerType, numberOfWorkers: Math.min(wanted, maxWorkers, most) };
}

function timeoutOf(stage: Stage, { workerType, numberOfWorkers }: Cluster, config: Config, batchMb = 0): number {
  const expected = batchMb / (MB_PER_SECOND[stage] * VCPUS[workerType] * (numberOfWorkers - 1) * 60);
  return Math.min(MOST_MINUTES, Math.max(config.timeoutMinutes, Math.ceil(expected * PATIENCE)));
}
