import { jobSkewness, TaskTime } from './skewness';

/** Spark's own figures of a run. */
export interface SparkFigures {
  elapsedMilliseconds: number;
  bytesRead: number;
  recordsRead: number;
  bytesWritten: number;
  completedStages: number;
  completedTasks: number;
  failedTasks: number;
  killedTasks: number;
  shuffleBytesWritten: number;
  shuffleLocalBytesRead: number;
  /** Highest of Spark's samples; 0 where it took none. */
  heapUsedBytes: number;
  heapMaximumBytes: number;
  skewness: number;
}

/** The parts of Spark's events that are used here. */
interface SparkEvent {
  Event: string;
  Timestamp?: number;
  'Spark Properties'?: Record<string, string>;
  'Stage ID'?: number;
  'Task End Reason'?: { Reason: string };
  'Task Info'?: { 'Launch Time': number; 'Finish Time': number };
  'Task Metrics'?: {
    'Input Metrics': { 'Bytes Read': number; 'Records Read': number };
    'Output Metrics': { 'Bytes Written': number };
    'Shuffle Write Metrics': { 'Shuffle Bytes Written': number };
    'Shuffle Read Metrics': { 'Local Bytes Read': number };
  };
  'Task Executor Metrics'?: { JVMHeapMemory: number };
  'Executor Metrics Updated'?: { 'Executor Metrics': { JVMHeapMemory: number } }[];
}

const UNITS: Record<string, number> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Adds up an event log: one JSON object per line, the last of which may be cut off where the driver was killed. */
export function readEventLog(text: string): SparkFigures {
  const events = text.split('\n').flatMap(parseEvent);
  const sum = (figure: (event: SparkEvent) => number | undefined) =>
    events.reduce((total, event) => total + (figure(event) ?? 0), 0);
  const tasks = (reasons: RegExp) => sum((event) => Number(reasons.test(event['Task End Reason']?.Reason ?? '')));
  const instants = events.flatMap(({ Timestamp }) => Timestamp ?? []);
  const heaps = events.flatMap(heapSizes);
  return {
    elapsedMilliseconds: instants.length > 1 ? Math.max(...instants) - Math.min(...instants) : 0,
    bytesRead: sum((event) => event['Task Metrics']?.['Input Metrics']['Bytes Read']),
    recordsRead: sum((event) => event['Task Metrics']?.['Input Metrics']['Records Read']),
    bytesWritten: sum((event) => event['Task Metrics']?.['Output Metrics']['Bytes Written']),
    completedStages: sum(({ Event }) => Number(Event === 'SparkListenerStageCompleted')),
    completedTasks: tasks(/^Success$/),
    failedTasks: tasks(/^(?!Success$|TaskKilled$)./),
    killedTasks: tasks(/^TaskKilled$/),
    shuffleBytesWritten: sum((event) => event['Task Metrics']?.['Shuffle Write Metrics']['Shuffle Bytes Written']),
    shuffleLocalBytesRead: sum((event) => event['Task Metrics']?.['Shuffle Read Metrics']['Local Bytes Read']),
    heapUsedBytes: heaps.reduce((most, heap) => Math.max(most, heap), 0),
    heapMaximumBytes: heapMaximum(events),
    skewness: jobSkewness(events.flatMap(taskTime)),
  };
}

function parseEvent(line: string): SparkEvent[] {
  try {
    return line ? [JSON.parse(line) as SparkEvent] : [];
  } catch {
    return [];
  }
}

function taskTime({ 'Stage ID': stage, 'Task Info': info }: SparkEvent): TaskTime[] {
  return stage === undefined || !info ? [] : [{ stage, launched: info['Launch Time'], finished: info['Finish Time'] }];
}

function heapSizes(event: SparkEvent): number[] {
  const samples = event['Executor Metrics Updated']?.map((update) => update['Executor Metrics']) ?? [];
  return [...samples, event['Task Executor Metrics'] ?? { JVMHeapMemory: 0 }].map((sample) => sample.JVMHeapMemory);
}

function heapMaximum(events: SparkEvent[]): number {
  const properties = events.find((event) => event['Spark Properties'])?.['Spark Properties'];
  const match = /^(\d+)([kmg])$/.exec(properties?.['spark.driver.memory'] ?? '1g');
  return match ? Number(match[1]) * UNITS[match[2]!]! : 0;
}
