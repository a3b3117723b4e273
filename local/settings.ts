import os from 'node:os';

const GIBIBYTE = 2 ** 30;
const DRIVER_MEMORY_GIB = 4;
const CORES_PER_RUN = 2;

/** How much of this machine job runs may take. */
export const settings = {
  /** Job runs at a time; further ones wait in state STARTING. Each also needs memory beside its heap. */
  concurrentRuns: Math.max(
    1,
    Math.min(os.cpus().length, Math.floor(os.totalmem() / GIBIBYTE / DRIVER_MEMORY_GIB / 1.5)),
  ),
  /** Threads of one run: more than its share, so that a run that is alone uses the whole machine. */
  coresPerRun: Math.min(CORES_PER_RUN, os.cpus().length),
  driverMemory: `${DRIVER_MEMORY_GIB}g`,
};
