import { spawnSync } from 'node:child_process';
import { GetWorkflowRunCommand } from '@aws-sdk/client-glue';
import { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { paths } from '../../local/paths';
import { followRun, startRun } from '../../local/workflow-runs';
import { STAGES } from '../../modules/naming';
import { dayKey } from '../../monitoring-lambda/report';
import { removeQueues } from './alerts';
import { deleteLedgerItem, ledgerItem, ledgerItems } from './ledger';
import { DATASET, type Target } from './target';

/**
 * Removes all that tests have left in the environment, by name and by batch. What it has removed already does not keep it
 * from being run again.
 *
 * @throws Error if something had to stay: a batch that holds files of others too
 */
export async function cleanUp(target: Target, say: (text: string) => void): Promise<void> {
  await removeQueues(target);
  for (const key of await keys(target, target.dataset.source.bucket, target.keyPrefix)) {
    say(`deletes s3://${target.dataset.source.bucket}/${key}`);
    await target.s3.send(new DeleteObjectCommand({ Bucket: target.dataset.source.bucket, Key: key }));
  }
  for (const { sk } of await ledgerItems(target, 'pending', target.keyPrefix))
    await deleteLedgerItem(target, 'pending', String(sk));
  const sources = await ledgerItems(target, 'source', target.keyPrefix);
  const batches = [...new Set(sources.map(({ batch_id }) => String(batch_id)))];
  const shared: string[] = [];
  for (const batch of batches) {
    if (await isShared(target, batch)) shared.push(batch);
    else await removeBatch(target, batch, say);
  }
  await finishRemovals(target, say);
  if (shared.length > 0)
    throw new Error(`These batches hold files of others beside those of tests, and were left: ${shared.join(', ')}`);
}

/** Whether the batch has brought in a file that is not of a test. */
async function isShared(target: Target, batch: string): Promise<boolean> {
  const { manifest } = await ledgerItem(target, 'ingest', batch);
  if (manifest === undefined) return false;
  const { Body } = await target.s3.send(
    new GetObjectCommand({ Bucket: target.naming.bucket('raw'), Key: String(manifest) }),
  );
  const { files } = JSON.parse(await Body!.transformToString()) as { files: { source: string }[] };
  return files.some(({ source }) => !source.startsWith(target.keyPrefix));
}

/** Removes the batch as an operator would, and the reports on the run that made it. */
async function removeBatch(target: Target, batch: string, say: (text: string) => void): Promise<void> {
  say(`removes batch ${batch}`);
  const options = ['--environment', target.environment, '--dataset', DATASET, '--batch', batch, '--yes'];
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'batches', '--', 'remove', ...options], {
    cwd: paths.root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm run batches -- remove ${options.join(' ')}\n${stdout}${stderr}`);
  const { Run } = await target.glue.send(
    new GetWorkflowRunCommand({ Name: target.workflow, RunId: batch, IncludeGraph: true }),
  );
  const runs = Run?.Graph?.Nodes?.flatMap(({ JobDetails }) => JobDetails?.JobRuns ?? []) ?? [];
  const ids = runs.map(({ Id }) => Id!);
  const Bucket = target.naming.bucket('logs');
  if (!Run?.StartedOn) return; // AWS forgets runs after 90 days
  const day = dayKey(Run.StartedOn.toISOString());
  for (const stage of STAGES) {
    const reports = await keys(target, Bucket, `${day}/${target.naming.job(stage, DATASET)}/`);
    for (const Key of reports.filter((key) => ids.some((id) => key.includes(id))))
      await target.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  }
}

/** Has the jobs remove the rows of batches that are to go. */
async function finishRemovals(target: Target, say: (text: string) => void): Promise<void> {
  const open = async () => [
    ...(await ledgerItems(target, 'process#open')),
    ...(await ledgerItems(target, 'curate#open')),
  ];
  if (!(await open()).some(({ remove }) => remove)) return;
  say(`runs workflow ${target.workflow}, which removes their rows`);
  const runId = await startRun(target.glue, target.workflow);
  await followRun(target.glue, target.naming, DATASET, runId, () => {}, new AbortController().signal);
  if ((await open()).some(({ remove }) => remove)) throw new Error(`Run ${runId} of ${target.workflow} left rows`);
}

export async function keys({ s3 }: Target, Bucket: string, Prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
    found.push(...(page.Contents ?? []).map(({ Key }) => Key!));
  return found;
}
