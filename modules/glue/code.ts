import path from 'node:path';
import { S3Object } from '@cdktf/provider-aws/lib/s3-object';
import { Construct } from 'constructs';
import { fileAsset, md5, readFolder, wheelsIn, zipAsset } from '../assets';
import type { DataSet } from '../contract/data-set';
import type { Environment } from '../../environments/schema';
import { STAGES, type Stage } from '../naming';

/** Source: "Migrating AWS Glue jobs" of AWS Glue's developer guide. */
const PYTHON = { '4.0': '3.10', '5.0': '3.11', '5.1': '3.11' } as const;

export interface CodeProps {
  /** Name of the bucket for scripts. */
  readonly bucket: string;
  readonly version: Environment['glue']['version'];
}

/**
 * What jobs run and read of this project, in S3. Keys hold the hash of the contents: a change is a new object, and an
 * object that a running job has been given does not change under it.
 */
export class Code extends Construct {
  /** S3 URIs of the job scripts. */
  readonly scripts: Readonly<Record<Stage, string>>;
  /** S3 URI of the zipped Python package. */
  readonly library: string;
  /** S3 URI of the wheel of DuckDB, which process reads text with. */
  readonly wheel: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: CodeProps,
  ) {
    super(scope, id);
    this.scripts = Object.fromEntries(STAGES.map((stage) => [stage, this.uploadScript(stage)])) as Record<
      Stage,
      string
    >;
    this.library = this.uploadLibrary();
    // Those of all versions, so that environments that differ in theirs have the same code.
    const wheels = [...new Set(Object.values(PYTHON))].map((python) => [python, this.uploadWheel(python)]);
    this.wheel = Object.fromEntries(wheels)[PYTHON[this.props.version]];
  }

  /** @returns S3 URI of the data set's definition */
  uploadDefinition(dataset: DataSet): string {
    const content = JSON.stringify(dataset, null, 2);
    const key = `contracts/${dataset.name}-${md5(content)}.json`;
    const tags = { Dataset: dataset.name };
    return this.upload(`definition-${dataset.name}`, key, { content, contentType: 'application/json', tags });
  }

  private uploadScript(stage: Stage): string {
    const asset = fileAsset(this, `${stage}-asset`, `glue-jobs/${stage}.py`);
    return this.upload(stage, `scripts/${stage}-${asset.md5}.py`, { source: asset.path });
  }

  private uploadLibrary(): string {
    const asset = zipAsset(this, 'glue_etl', readFolder('glue-jobs/glue_etl', '.py'));
    return this.upload('library', `packages/glue_etl-${asset.md5}.zip`, { source: asset.path });
  }

  /** The key ends in the wheel's own name, by which pip knows what it is for. */
  private uploadWheel(python: string): string {
    const folder = path.posix.join('build', 'wheels', python);
    const [name] = wheelsIn(folder);
    const asset = fileAsset(this, `wheel-${python}-asset`, path.posix.join(folder, name));
    return this.upload(`wheel-${python}`, `packages/${asset.md5}/${name}`, { source: asset.path });
  }

  private upload(
    id: string,
    key: string,
    contents: { source: string } | { content: string; contentType: string; tags: Record<string, string> },
  ): string {
    const { bucket } = this.props;
    // The new object is there before jobs point to it, and the old one goes after none does.
    const lifecycle = { createBeforeDestroy: true };
    const object = new S3Object(this, id, { bucket, key, lifecycle, ...contents });
    return `s3://${bucket}/${object.key}`;
  }
}
