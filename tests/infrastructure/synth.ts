import { Testing } from 'cdktf';
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { environmentNames, loadEnvironment } from '../../environments';
import type { Environment } from '../../environments/schema';
import { loadDataSets } from '../../modules/contract';
import type { DataSet } from '../../modules/contract/data-set';
import { Naming } from '../../modules/naming';
import { PipelineStack } from '../../modules/pipeline-stack';
import { cached } from './synth-cache';

// As in main.ts: creation traces are most of what synth costs.
Error.captureStackTrace = () => {};

/** A resource or data source as Terraform reads it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Block = Record<string, any>;

export interface Synthesized {
  readonly environment: Environment;
  readonly naming: Naming;
  readonly datasets: readonly DataSet[];
  readonly resource: Record<string, Record<string, Block>>;
  readonly data: Record<string, Record<string, Block>>;
  readonly terraform: Block;
  readonly provider: Record<string, Block[]>;
}

/** The stack of an environment, as Terraform reads it, by default with the project's own contracts; once per run of jest. */
export function synthesize(environment: Environment, given?: readonly DataSet[]): Synthesized {
  const naming = new Naming(environment.name);
  const datasets = given ?? loadDataSets(resolve(__dirname, '../../datasets'), environment.name, naming);
  const text = cached([environment, datasets], () => textOf(new PipelineStack(Testing.app(), environment, datasets)));
  // Without what CDKTF notes in `//`.
  const blocks = JSON.parse(text, (key, value) => (key === '//' ? undefined : value));
  return { environment, naming, datasets, ...blocks };
}

function textOf(stack: PipelineStack): string {
  const folder = Testing.fullSynth(stack);
  const text = readFileSync(resolve(folder, 'stacks', stack.node.id, 'cdk.tf.json'), 'utf8');
  rmSync(folder, { recursive: true });
  return text;
}

/** Every environment. */
export const everyEnvironment: [string, Synthesized][] = environmentNames().map((name) => [
  name,
  synthesize(loadEnvironment(name)),
]);

/** All resources of a type, each with its address. */
export function resources(stack: Synthesized, type: string): Block[] {
  return Object.entries(stack.resource[type] ?? {}).map(([id, block]) => ({ address: `${type}.${id}`, ...block }));
}

/** All statements of all policy documents. */
export function statements(stack: Synthesized): Block[] {
  return Object.entries(stack.data['aws_iam_policy_document'] ?? {}).flatMap(([id, { statement }]) =>
    (statement as Block[]).map((block) => ({ document: id, effect: 'Allow', ...block })),
  );
}
