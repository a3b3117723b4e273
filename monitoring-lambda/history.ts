import { jobRuns } from './glue';
import type { BusyRun } from './memory';
import type { PastRun } from './performance';
import { getProfiles, NO_PROFILE, type Profile } from './profile';
import type { RunFacts } from './report';
import { usageOf } from './usage';

/** Runs of which Glue is asked how they used their workers: each of them costs some metrics of GetMetricData. */
const MOST_PROFILES = 10;

/** What is known of the runs of a job before this one that succeeded and did something, the latest first, and of this one. */
export async function getHistory(
  run: RunFacts,
  busy: readonly BusyRun[],
): Promise<{ past: PastRun[]; profile: Profile }> {
  const before = new Map(busy.filter(({ startedAt }) => startedAt < run.startedAt).map((each) => [each.id, each]));
  const past: PastRun[] = [];
  if (before.size > 0) {
    const oldest = Math.min(...[...before.values()].map(({ startedAt }) => Date.parse(startedAt)));
    for await (const each of jobRuns(run.jobName)) {
      if (each.StartedOn && each.StartedOn.getTime() < oldest) break;
      const rows = before.get(each.Id ?? '')?.rows;
      if (rows === undefined || !each.StartedOn) continue;
      const usage = usageOf(each);
      past.push({ ...usage, ...NO_PROFILE, id: each.Id!, startedAt: each.StartedOn.toISOString(), rows });
    }
  }
  const profiled = past.slice(0, MOST_PROFILES);
  const since = new Date(profiled.at(-1)?.startedAt ?? run.startedAt);
  const [profile, ...profiles] = await getProfiles(run.jobName, [run.jobRunId, ...profiled.map(({ id }) => id)], since);
  return { past: past.map((each, index) => ({ ...each, ...profiles[index] })), profile: profile! };
}
