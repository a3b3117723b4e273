import { App } from 'cdktf';
import { EnvironmentError, environmentNames, loadEnvironment } from './environments';
import { repository } from './environments/repository';
import { ContractError, loadDataSets } from './modules/contract';
import { DeliveryStack } from './modules/delivery';
import { deploymentOf } from './modules/delivery/deployment';
import { Naming } from './modules/naming';
import { PipelineStack } from './modules/pipeline-stack';

// CDKTF keeps the stack trace of every token, most of what synth costs. PIPELINE_DEBUG=1 keeps them, to find a construct.
if (process.env.PIPELINE_DEBUG !== '1') Error.captureStackTrace = () => {};

/** Synthesizes all environments, or those that are named, from the contracts in a folder. */
function synthesize(environments: string[], datasets: string): void {
  const app = new App();
  for (const environment of environments.map(loadEnvironment)) {
    const naming = new Naming(environment.name);
    const pipeline = new PipelineStack(app, environment, loadDataSets(datasets, environment.name, naming));
    if (environment.provider.emulated) continue;
    new DeliveryStack(app, environment, repository, deploymentOf(pipeline, environment));
  }
  app.synth();
}

const { PIPELINE_ENVIRONMENT, PIPELINE_DATASETS = 'datasets' } = process.env;
try {
  synthesize(PIPELINE_ENVIRONMENT?.split(',') ?? environmentNames(), PIPELINE_DATASETS);
} catch (error) {
  if (!(error instanceof EnvironmentError || error instanceof ContractError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
